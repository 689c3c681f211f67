import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { rateLimits } from "../bindings.ts";
import type { Env } from "../env.ts";
import { AccessIssuer } from "../testing/accessIssuer.ts";
import { adminToken, ask, codeOf, declare, loggedIn, secrets, stackToken } from "../testing/askTheDoor.ts";

/** The platform's rate limit, which lets each key pass so often. */
function limited(times: number) {
  const counts = new Map<string, number>();
  const limit = async ({ key }: { key: string }) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { success: (counts.get(key) ?? 0) <= times };
  };
  return { counts, bindings: { ...secrets, REFUSALS: { limit } } };
}
const from = (address: string) => ({ "cf-connecting-ip": address });

describe("refused credentials", () => {
  it("are slowed at every door, with the time to wait", async () => {
    const { bindings } = limited(3);
    const headers = from("192.0.2.1");
    for (const path of ["/api/status", "/v1/models", "/api/status"]) {
      expect((await ask(path, { token: "wrong", headers, bindings })).status).toBe(401);
    }
    const login = { method: "POST", body: new URLSearchParams({ token: "wrong" }) };
    for (const [path, asked] of [
      ["/api/status", {}],
      ["/v1/models", {}],
      ["/login", login],
    ] as const) {
      const answer = await ask(path, { ...asked, ...(path !== "/login" && { token: "wrong" }), headers, bindings });
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "60"]);
      expect(answer.headers.get("x-should-retry")).toBe("false");
      expect(await codeOf(answer)).toBe("tooManyRefusals");
    }
    const page = await ask("/login", { ...login, headers: { ...headers, accept: "text/html" }, bindings });
    expect([page.status, page.headers.get("retry-after")]).toEqual([429, "60"]);
    expect(await page.text()).toContain("Too many wrong credentials");
  });

  it("do not stand in the way of a right one, nor of another address", async () => {
    const { bindings } = limited(0);
    const headers = from("192.0.2.1");
    expect((await ask("/api/status", { token: "wrong", headers, bindings })).status).toBe(429);
    expect((await ask("/api/status", { token: adminToken, headers, bindings })).status).toBe(200);
    expect((await ask("/v1/models", { token: stackToken, headers, bindings })).status).toBe(200);
    const { bindings: others, counts } = limited(1);
    for (const address of ["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:0:0:ffff::2", "2001:db8:0:1::1"]) {
      await ask("/api/status", { token: "wrong", headers: from(address), bindings: others });
    }
    expect([...counts]).toEqual([
      ["192.0.2.1", 1],
      ["192.0.2.2", 1],
      ["2001:db8:0:0::/64", 2],
      ["2001:db8:0:1::/64", 1],
    ]);
  });

  it("count where a credential was tried: none, the other door's and a session that is over are none", async () => {
    const issuer = await AccessIssuer.start();
    declare({ access: { issuer: issuer.issuer, audiences: ["the-bot"] } });
    const { bindings, counts } = limited(100);
    const cookie = await loggedIn();
    await ask("/api/sessions", { method: "DELETE", token: adminToken });
    await ask("/api/status", { bindings });
    await ask("/api/status", { token: stackToken, bindings });
    await ask("/v1/models", { token: adminToken, bindings });
    await ask("/api/status", { headers: { cookie }, bindings });
    expect(counts.get("unknown")).toBeUndefined();
    const assertion = await issuer.assertion({ expiresIn: -60 });
    await ask("/api/status", { headers: { "cf-access-jwt-assertion": assertion }, bindings });
    expect(counts.get("unknown")).toBe(1);
  });

  it("are slowed by the platform's own limit, as the stack binds it", async () => {
    const bindings = { ...secrets, REFUSALS: (env as Env).REFUSALS };
    const statuses: number[] = [];
    for (let n = 0; n < rateLimits.refusals.limit + 5; n++) {
      statuses.push((await ask("/v1/models", { token: "wrong", headers: from("192.0.2.77"), bindings })).status);
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    expect((await ask("/v1/models", { token: "wrong", headers: from("192.0.2.78"), bindings })).status).toBe(401);
  });

  it("stay refused where the platform's limit is not bound, or does not answer", async () => {
    const REFUSALS = { limit: () => Promise.reject(new Error("no answer")) };
    for (const bindings of [secrets, { ...secrets, REFUSALS }]) {
      expect((await ask("/api/status", { token: "wrong", bindings })).status).toBe(401);
    }
  });
});
