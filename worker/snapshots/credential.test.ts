import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Credential, holderOf, issueCredential } from "./credential.ts";

const now = new Date("2026-11-21T12:00:00Z");
const env = { SESSION_KEY: JSON.stringify({ current: "talaria-session-of-this-test" }) };
const terms = { role: "backup", run: "snapshot-1a2b", boxId: "box-1", until: now.getTime() + 60_000 } as const;
const agent = { className: "AgentBox", containerId: "box-1" };

function asking({ username, password }: Credential): Request {
  return new Request("http://talaria.internal/snapshots/config", {
    headers: { authorization: `Basic ${btoa(`${username}:${password}`)}` },
  });
}
const holder = async (credential: Credential, caller = agent, at = now, keys: typeof env = env) =>
  holderOf(asking(credential), keys, caller, at);

describe("the credential of a run", () => {
  it("is an HMAC of its terms and of the box, which anyone with the key can compute", async () => {
    const username = `backup.snapshot-1a2b.${terms.until / 1000}`;
    const password = createHmac("sha256", "talaria-session-of-this-test").update(`${username}\nbox-1`).digest("hex");
    expect(await issueCredential(env, terms)).toEqual({ username, password });
  });

  it("stands for its role and run in its own container", async () => {
    expect(await holder(await issueCredential(env, terms))).toEqual({ role: "backup", run: "snapshot-1a2b" });
  });

  it("is worth nothing in another container, of the same class or another", async () => {
    const credential = await issueCredential(env, terms);
    expect(await holder(credential, { ...agent, containerId: "box-2" })).toBe("wrong");
    expect(await holder(credential, { ...agent, className: "CareBox" })).toBe("wrong");
    expect(await holder(credential, { ...agent, className: "ExecBox" })).toBe("wrong");
  });

  it("is worth nothing in a class that may not have its role, even when it is signed for that box", async () => {
    const forCare = await issueCredential(env, { ...terms, role: "maintenance" });
    expect(await holder(forCare)).toBe("wrong");
    expect(await holder(forCare, { ...agent, className: "CareBox" })).toMatchObject({ role: "maintenance" });
  });

  it("ends when its time is over", async () => {
    const credential = await issueCredential(env, terms);
    expect(await holder(credential, agent, new Date(terms.until - 1))).toMatchObject({ role: "backup" });
    expect(await holder(credential, agent, new Date(terms.until))).toBe("wrong");
  });

  it.each([
    ["a longer time", (name: string) => name.replace(/\d+$/, "9999999999")],
    ["another role of the box", (name: string) => name.replace("backup", "restore")],
    ["another run", (name: string) => name.replace("1a2b", "other")],
    ["a role that there is not", (name: string) => name.replace("backup", "constructor")],
  ])("cannot be changed to %s", async (_, change) => {
    const { username, password } = await issueCredential(env, terms);
    expect(await holder({ username: change(username), password })).toBe("wrong");
  });

  it("is refused with another password of any form", async () => {
    const { username, password } = await issueCredential(env, terms);
    for (const other of ["", "x", password.slice(1), password.replace(/^./, (c) => (c === "0" ? "1" : "0"))])
      expect(await holder({ username, password: other })).toBe("wrong");
  });

  it("is missing where there is none, or no Basic one", async () => {
    for (const authorization of [undefined, "Bearer x", "Basic !!", `Basic ${btoa("no colon")}`]) {
      const request = new Request("http://x/", { headers: authorization === undefined ? {} : { authorization } });
      expect(await holderOf(request, env, agent, now)).toBe("missing");
    }
  });

  it("survives a rotation of the key until the old one's time is over, and not longer", async () => {
    const credential = await issueCredential(env, terms);
    const previousUntil = new Date(now.getTime() + 30_000).toISOString();
    const previous = "talaria-session-of-this-test";
    const rotated = { SESSION_KEY: JSON.stringify({ current: "talaria-session-another", previous, previousUntil }) };
    expect(await holder(credential, agent, now, rotated)).toMatchObject({ role: "backup" });
    expect(await holder(credential, agent, new Date(previousUntil), rotated)).toBe("wrong");
  });

  it("opens nothing and is not made without a key", async () => {
    const credential = await issueCredential(env, terms);
    await expect(holderOf(asking(credential), {}, agent, now)).rejects.toThrow("SESSION_KEY is not configured");
    await expect(issueCredential({}, terms)).rejects.toThrow("SESSION_KEY is not configured");
  });

  it("is not made for a run whose name could be read as another's", async () => {
    await expect(issueCredential(env, { ...terms, run: "a.b" })).rejects.toThrow("not letters");
  });
});
