/** One system, and who may ask it: named tokens by the command line, a browser that logs in, and what the audit keeps of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { mustPass } from "./commands.ts";
import { eventually } from "./eventually.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const actsSchema = z.array(z.looseObject({ kind: z.string(), command: z.string(), by: z.string().nullable() }));

let local: LocalSystem;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local?.stop());

const ask = (route: string, init: RequestInit) => fetch(local.url + route, { redirect: "manual", ...init });
const models = async (token: string) =>
  (await ask("/v1/models", { headers: { authorization: `Bearer ${token}` } })).status;

describe("a client", () => {
  it("chats with a named token, which keeps its old value for the overlap of a rotation, and ends at once when it is revoked", async () => {
    const add = mustPass(await local.talaria(["token", "add", "laptop", "--expires", "1d"]));
    const old = add.stdout.trim();
    const chat = await local.talaria(["chat", "hello"], { env: { TALARIA_CLIENT_TOKEN: old } });
    expect([chat.code, chat.stdout]).toEqual([0, expect.stringContaining("hello")]);

    const rotate = mustPass(await local.talaria(["token", "rotate", "laptop", "--overlap", "20s"]));
    const fresh = rotate.stdout.trim();
    expect([await models(old), await models(fresh)]).toEqual([200, 200]);
    expect(await eventually(async () => (await models(old)) === 401, 60)).toBe(true);
    expect(await models(fresh)).toBe(200);
    expect(await models(local.clientToken)).toBe(200);

    mustPass(await local.talaria(["token", "revoke", "laptop"]));
    expect([await models(fresh), await models(local.clientToken)]).toEqual([401, 200]);
    expect(JSON.parse((await local.talaria(["token", "list", "--json"])).stdout)).toEqual([]);
    expect(await local.commands.leaks(new Set([old, fresh]))).toEqual([]);
  });

  it("asks from a page, too: Hermes sees no origin, and only declared ones are told that they may read", async () => {
    const answer = await local.client("/v1/models", { headers: { origin: "https://app.example" } });
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, null]);
  });

  it("cannot be refused by revoking the stack's token, and the refusal says what to type", async () => {
    const revoke = await local.talaria(["token", "revoke", "stack"]);
    expect([revoke.code, revoke.stderr]).toEqual([1, expect.stringContaining("talaria:secretVersions.clientToken")]);
  });
});

describe("a browser", () => {
  const login = (token: string, origin: string) =>
    ask("/login", { method: "POST", body: new URLSearchParams({ token, next: "/health" }), headers: { origin } });

  it("logs in by the form, acts from the bot's own pages alone, and is logged out by the command line", async () => {
    expect((await login("nonsense", local.url)).status).toBe(401);
    expect((await login(local.adminToken, "https://evil.example")).status).toBe(403);
    const answer = await login(local.adminToken, local.url);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/health"]);
    const cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? "";

    const status = async () => (await ask("/api/status", { headers: { cookie } })).status;
    const wake = async (origin?: string) =>
      (await ask("/api/wake", { method: "POST", headers: { cookie, ...(origin && { origin }) } })).status;
    expect([await status(), await wake(), await wake("https://evil.example"), await wake(local.url)]).toEqual([
      ...[200, 403, 403, 200],
    ]);
    mustPass(await local.talaria(["logout"]));
    expect(await status()).toBe(401);
  });
});

describe("the audit", () => {
  it("names what operators did, and by which proof", async () => {
    const rows = actsSchema.parse(JSON.parse((await local.talaria(["audit", "--json"])).stdout));
    const acts = rows.filter(({ kind }) => kind === "act").map(({ by, command }) => `${by} ${command}`);
    expect(acts).toEqual(
      expect.arrayContaining([
        "token:adminToken POST /api/tokens",
        "token:adminToken POST /api/tokens/laptop/rotate",
        "token:adminToken DELETE /api/tokens/laptop",
        "session:adminToken POST /api/wake",
        "token:adminToken DELETE /api/sessions",
      ]),
    );
  });
});
