import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { app } from "./app.ts";
import type { Env } from "./env.ts";

const secret = (current: string) => JSON.stringify({ current });
const tokens = { ADMIN_TOKEN: secret("admin-token-0123456789"), CLIENT_TOKEN: secret("client-token-0123456789") };

function ask(
  path: string,
  { token, secrets = tokens as object, ...init }: RequestInit & { token?: string; secrets?: object } = {},
) {
  const headers = new Headers(init.headers);
  if (token) headers.set("authorization", `Bearer ${token}`);
  const bindings = { AGENT: (env as Env).AGENT, EXEC_POOL: (env as Env).EXEC_POOL, ...secrets } as Env;
  return app.fetch(new Request(`https://bot.example${path}`, { ...init, headers }), bindings);
}

const errorOf = async (response: Response) => ((await response.json()) as { error: Record<string, string> }).error;

describe("the front door", () => {
  it("describes itself and its health to anyone", async () => {
    expect(await (await ask("/")).json()).toMatchObject({ name: "talaria-test" });
    expect(await (await ask("/health")).json()).toEqual({ status: "ok", bot: "talaria-test" });
  });

  it("answers an unknown path with what to do, in OpenAI's shape on /v1", async () => {
    expect(await errorOf(await ask("/nope"))).toMatchObject({
      code: "unknownPath",
      next: expect.stringContaining("GET /"),
    });
    const openaiError = await errorOf(await ask("/v1/models"));
    expect(openaiError).toMatchObject({ type: "invalid_request_error", code: "tokenMissing" });
  });

  it.each([
    ["/api/status", undefined, 401],
    ["/api/status", "wrong-token-0123456789", 401],
    ["/api/status", "client-token-0123456789", 403],
    ["/api/status", "admin-token-0123456789", 200],
    ["/v1/models", undefined, 401],
    ["/v1/models", "wrong-token-0123456789", 401],
    ["/v1/models", "admin-token-0123456789", 403],
    ["/v1/models", "client-token-0123456789", 200],
    ["/v1/models?token=client-token-0123456789", "client-token-0123456789", 400],
  ])("%s with %s answers %i", async (path, token, status) => {
    expect((await ask(path, { ...(token && { token }) })).status).toBe(status);
  });

  it("stays shut, naming the setting, when a secret is not configured (I10)", async () => {
    for (const path of ["/api/status", "/v1/models"]) {
      const answer = await ask(path, { token: "anything-at-all", secrets: {} });
      expect(answer.status).toBe(503);
      expect(await answer.text()).toMatch(/ADMIN_TOKEN|CLIENT_TOKEN/);
    }
  });

  it("passes the Agent's own problem on, with Retry-After", async () => {
    const answer = await ask("/api/wake", { method: "POST", token: "admin-token-0123456789" });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "8"]);
    expect(await errorOf(answer)).toMatchObject({ code: "startFailed", message: expect.stringContaining("no image") });
  });

  it("refuses a body over 10 MB, whether it says its length or not", async () => {
    const token = "client-token-0123456789";
    const big = new Uint8Array(10_000_001);
    const post = (body: Uint8Array | ReadableStream, headers = {}) =>
      ask("/v1/chat/completions", { method: "POST", token, body, headers });
    const declared = await post(big, { "content-length": String(big.byteLength) });
    const streamed = await post(new Blob([big]).stream());
    for (const answer of [declared, streamed]) {
      expect(answer.status).toBe(413);
      expect(await errorOf(answer)).toMatchObject({ code: "bodyTooLarge" });
    }
    expect(await (await post(big.subarray(1))).json()).toMatchObject({ bytes: 10_000_000 });
  });

  it("gives each request an id and passes a client's own on", async () => {
    const answer = await ask("/v1/models", { token: "client-token-0123456789", headers: { "x-request-id": "mine-1" } });
    expect(await answer.json()).toMatchObject({ requestId: "mine-1" });
    expect(answer.headers.get("x-request-id")).toBe("mine-1");
  });
});
