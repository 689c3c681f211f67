import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { agentOf } from "../agent/call.ts";
import { digestOf } from "../auth/digest.ts";
import type { Env } from "../env.ts";
import { adminToken, ask, codeOf, loggedIn, secrets, stackToken } from "../testing/askTheDoor.ts";
import { clock } from "../testing/testWorker.ts";

interface Made {
  readonly name: string;
  readonly token: string;
  readonly expires: string | null;
}

const agent = () => agentOf(env as Env);
const hourMs = 3_600_000;

const asOperator = (method: string, path: string, body?: object) =>
  ask(`/api${path}`, { method, token: adminToken, ...(body && { body: JSON.stringify(body) }) });
const add = async (order: object) => (await (await asOperator("POST", "/tokens", order)).json()) as Made;
const rotate = async (name: string, order: object = {}) =>
  (await (await asOperator("POST", `/tokens/${name}/rotate`, order)).json()) as Made;
const list = async () => (await (await asOperator("GET", "/tokens")).json()) as { tokens: object[] };
/** What /v1 says to a token: 200, or the code. */
async function opened(token: string): Promise<number | string> {
  const answer = await ask("/v1/models", { token });
  return answer.status === 200 ? 200 : codeOf(answer);
}

beforeEach(() =>
  runInDurableObject(agent(), (_object, { storage }) => {
    storage.sql.exec("DELETE FROM client_tokens");
  }),
);
afterEach(() => {
  clock.aheadMs = 0;
});

describe("a named token", () => {
  it("opens /v1 and nothing else, and its value is told once and kept nowhere", async () => {
    const answer = await asOperator("POST", "/tokens", { name: "laptop" });
    const { token, ...rest } = (await answer.json()) as Made;
    expect([answer.status, token]).toEqual([201, expect.stringMatching(/^talaria-client-[A-Za-z0-9_-]{43}$/)]);
    expect(rest).toMatchObject({ name: "laptop", expires: null, lastUsed: null, replaced: false });
    expect(await opened(token)).toBe(200);
    expect((await ask("/api/status", { token })).status).toBe(401);
    const kept = await runInDurableObject(agent(), (_object, { storage }) =>
      JSON.stringify(storage.sql.exec("SELECT * FROM client_tokens").toArray()),
    );
    expect(kept).toContain(await digestOf(token));
    expect(kept + JSON.stringify(await list())).not.toContain(token.slice(-20));
  });

  it("shows the hour of its last use", async () => {
    const { token } = await add({ name: "laptop" });
    await opened(token);
    const hour = new Date(Math.floor(Date.now() / hourMs) * hourMs).toISOString();
    expect((await list()).tokens).toMatchObject([{ name: "laptop", lastUsed: hour }]);
  });

  it("is valid until it expires, and says its name after that", async () => {
    const { token, expires } = await add({ name: "guest", expiresSeconds: 3_600 });
    expect(Date.parse(expires ?? "") - Date.now()).toBeLessThanOrEqual(hourMs);
    clock.aheadMs = hourMs - 5_000;
    expect(await opened(token)).toBe(200);
    clock.aheadMs = hourMs + 5_000;
    const refused = await ask("/v1/models", { token });
    expect([refused.status, await refused.text()]).toEqual([401, expect.stringMatching(/guest.*rotate guest/)]);
    clock.aheadMs = 40 * 24 * hourMs;
    expect((await list()).tokens).toEqual([]);
    expect(await opened(token)).toBe("tokenRefused");
  });

  it("lives on beside its new value for the overlap of a rotation, and not after", async () => {
    const old = await add({ name: "ci", expiresSeconds: 10 * 3_600 });
    const fresh = await rotate("ci", { overlapSeconds: 3_600 });
    expect(fresh.token).not.toBe(old.token);
    expect(Date.parse(fresh.expires ?? "")).toBeGreaterThanOrEqual(Date.parse(old.expires ?? ""));
    expect([await opened(old.token), await opened(fresh.token)]).toEqual([200, 200]);
    expect((await list()).tokens).toMatchObject([{ replaced: true }, { replaced: false }]);
    clock.aheadMs = hourMs + 5_000;
    expect([await opened(old.token), await opened(fresh.token)]).toEqual(["tokenExpired", 200]);
    const last = await rotate("ci", { overlapSeconds: 0 });
    expect([await opened(fresh.token), await opened(last.token)]).toEqual(["tokenExpired", 200]);
  });

  it("does not live longer by a rotation than it would have", async () => {
    const old = await add({ name: "ci", expiresSeconds: 60 });
    await rotate("ci", { overlapSeconds: 86_400 });
    clock.aheadMs = 65_000;
    expect(await opened(old.token)).toBe("tokenExpired");
  });

  it("is over at once when it is revoked, with what a rotation left of it", async () => {
    const old = await add({ name: "lost" });
    const fresh = await rotate("lost");
    expect([await opened(old.token), await opened(fresh.token)]).toEqual([200, 200]);
    expect(await (await asOperator("DELETE", "/tokens/lost")).json()).toEqual({ name: "lost", revoked: 2 });
    expect([await opened(old.token), await opened(fresh.token)]).toEqual(["tokenRefused", "tokenRefused"]);
  });

  it("has a name of its own, which one that has expired gives up", async () => {
    await add({ name: "one", expiresSeconds: 60 });
    expect(await codeOf(await asOperator("POST", "/tokens", { name: "one" }))).toBe("clientTokenThere");
    clock.aheadMs = 61_000;
    expect((await asOperator("POST", "/tokens", { name: "one" })).status).toBe(201);
    for (const [method, path] of [
      ["POST", "/tokens/none/rotate"],
      ["DELETE", "/tokens/none"],
    ] as const) {
      expect(await codeOf(await asOperator(method, path))).toBe("clientTokenUnknown");
    }
  });

  it("is not the stack's, which its configuration rotates", async () => {
    for (const [method, path, body] of [
      ["POST", "/tokens", { name: "stack" }],
      ["POST", "/tokens/stack/rotate", {}],
      ["DELETE", "/tokens/stack", undefined],
    ] as const) {
      const answer = await asOperator(method, path, body);
      expect([answer.status, await answer.text()]).toEqual([
        409,
        expect.stringContaining("talaria:secretVersions.clientToken"),
      ]);
    }
    for (const name of ["", "a b", "-x", "x".repeat(41), "ü"]) {
      expect((await asOperator("POST", "/tokens", { name })).status).toBe(400);
    }
  });

  it("is made, seen and ended by an operator alone", async () => {
    const { token } = await add({ name: "laptop" });
    for (const [method, path] of [
      ["GET", "/api/tokens"],
      ["POST", "/api/tokens"],
      ["POST", "/api/tokens/laptop/rotate"],
      ["DELETE", "/api/tokens/laptop"],
      ["DELETE", "/api/sessions"],
    ] as const) {
      for (const [caller, status] of [
        [token, 401],
        [stackToken, 403],
        [undefined, 401],
      ] as const) {
        expect((await ask(path, { method, token: caller })).status).toBe(status);
      }
    }
    expect(await opened(token)).toBe(200);
  });

  it("is asked about only where it has the form of one", async () => {
    const AGENT = { idFromName: () => "x", get: () => ({ clientToken: () => Promise.reject(new Error("was asked")) }) };
    const bindings = { ...secrets, AGENT };
    for (const token of ["x", "talaria-client-short", `talaria-client-${"x".repeat(44)}`, `${"x".repeat(43)}`]) {
      expect((await ask("/v1/models", { token, bindings })).status).toBe(401);
    }
    expect((await ask("/v1/models", { token: `talaria-client-${"x".repeat(43)}`, bindings })).status).toBe(500);
  });
});

describe("ending the sessions", () => {
  it("logs every browser out", async () => {
    await asOperator("DELETE", "/sessions");
    const cookies = [await loggedIn(), await loggedIn()];
    expect(await (await asOperator("DELETE", "/sessions")).json()).toEqual({ ended: 2 });
    for (const cookie of cookies) {
      expect(await codeOf(await ask("/api/status", { headers: { cookie } }))).toBe("sessionOver");
    }
  });
});
