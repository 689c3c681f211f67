import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import tls from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RunningCodex, startCodex } from "./server.ts";

let codex: RunningCodex;
beforeEach(async () => {
  codex = await startCodex();
});
afterEach(() => codex.close());

/** A request as a client behind the proxy makes it, which trusts the one certificate. */
async function post(host: string, path: string, body: string): Promise<{ status: number; body: unknown }> {
  const { hostname, port } = new URL(codex.proxyUrl);
  const tunnel = http.request({ hostname, port, method: "CONNECT", path: `${host}:443` }).end();
  const [answer, socket] = (await once(tunnel, "connect")) as [http.IncomingMessage, Socket];
  if (answer.statusCode !== 200) return { status: answer.statusCode ?? 0, body: null };
  const secure = tls.connect({ socket, servername: host, ca: codex.certificate });
  await once(secure, "secureConnect");
  const request = https.request({ host, path, method: "POST", createConnection: () => secure }).end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  let text = "";
  for await (const piece of response) text += String(piece);
  return { status: response.statusCode ?? 0, body: JSON.parse(text) };
}

const json = (value: unknown) => JSON.stringify(value);
const form = (fields: Record<string, string>) => String(new URLSearchParams(fields));

describe("the loopback Codex", () => {
  it("gives tokens for a code that a person has approved, once", async () => {
    const asked = await post("auth.openai.com", "/api/accounts/deviceauth/usercode", json({ client_id: "app" }));
    const device = asked.body as { device_auth_id: string; user_code: string };
    const poll = () => post("auth.openai.com", "/api/accounts/deviceauth/token", json(device));
    expect(await poll()).toMatchObject({ status: 403 });
    expect(codex.approve("0000-00000")).toBe(false);
    expect(codex.approve(device.user_code)).toBe(true);
    const { authorization_code: code } = (await poll()).body as { authorization_code: string };
    const exchange = () => post("auth.openai.com", "/oauth/token", form({ grant_type: "authorization_code", code }));
    expect(await exchange()).toMatchObject({ status: 200, body: { refresh_token: expect.stringMatching(/^rt-/) } });
    expect(await exchange()).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
  });

  it("takes a refresh token once, and answers by an access token of its own alone", async () => {
    const { refresh_token, access_token } = codex.login();
    const refresh = () => post("auth.openai.com", "/oauth/token", form({ grant_type: "refresh_token", refresh_token }));
    expect(await refresh()).toMatchObject({ status: 200 });
    expect(await refresh()).toMatchObject({ status: 400 });
    const ask = (token: string) =>
      fetch(`${codex.baseUrl}/responses`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: json({ model: "gpt-5.4", input: "hello" }),
      });
    expect((await ask(access_token)).status).toBe(200);
    expect((await ask("another")).status).toBe(401);
    expect(codex.ledger().map(({ status }) => status)).toEqual([200, 401]);
  });

  it("answers at the real address, behind the proxy", async () => {
    const refused = await post(
      "chatgpt.com",
      "/backend-api/codex/responses",
      json({ model: "gpt-5.4", input: "hello" }),
    );
    expect(refused).toMatchObject({ status: 401 });
  });

  it("connects nowhere else", async () => {
    expect(await post("example.com", "/", "")).toMatchObject({ status: 403 });
  });
});
