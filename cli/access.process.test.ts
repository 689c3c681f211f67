import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { aStatus } from "./testing/aStatus.ts";
import { type FakeBot, startFakeBot, tokens } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const service = { TALARIA_ACCESS_CLIENT_ID: "id.access", TALARIA_ACCESS_CLIENT_SECRET: "secret" };
const session = "aaaa.bbbb.cccc";

/** A bot behind Access, which takes one service token and one session, and puts the admin token in their place. */
async function aBotBehindAccess(): Promise<FakeBot> {
  const bot = await startFakeBot({ "GET /api/status": () => aStatus({}) });
  const { createServer } = await import("node:http");
  const seen: FakeBot["seen"] = [];
  const edge = createServer(async (request, response) => {
    const { headers, url = "", method = "" } = request;
    seen.push({ method, path: url, headers, body: "", bytes: Buffer.alloc(0) });
    const known = headers["cf-access-client-secret"] === "secret" || headers["cf-access-token"] === session;
    if (headers["cf-access-client-id"] !== undefined && !known) {
      response.writeHead(403, { "content-type": "text/html" }).end("<title>Forbidden</title>");
    } else if (!known) {
      response.writeHead(302, { location: `https://team.example/cdn-cgi/access/login/bot?kid=aud` }).end();
    } else {
      const answer = await fetch(bot.url + url, { method, headers: { authorization: `Bearer ${tokens.admin}` } });
      response.writeHead(answer.status, { "content-type": "application/json" }).end(await answer.text());
    }
  });
  await new Promise<void>((resolve) => edge.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    edge.closeAllConnections();
    await new Promise((resolve) => edge.close(resolve));
    await bot.close();
  });
  const address = edge.address();
  if (address === null || typeof address === "string") throw new Error("The edge got no port.");
  return { ...bot, seen, url: `http://127.0.0.1:${address.port}` };
}

/** A `cloudflared` on PATH that prints this and notes how it was called. */
async function aCloudflared(prints: string): Promise<{ PATH: string; calls: () => Promise<string> }> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-cloudflared-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const program = path.join(folder, "cloudflared");
  await writeFile(program, `#!/bin/sh\necho "$@" >> "${folder}/calls"\nprintf '%s\\n' '${prints}'\n`);
  await chmod(program, 0o755);
  return {
    PATH: `${folder}${path.delimiter}${process.env.PATH}`,
    calls: () => readFile(path.join(folder, "calls"), "utf8"),
  };
}

const errorOf = (run: { stderr: string }) => JSON.parse(run.stderr).error;

describe("the command line before Cloudflare Access", () => {
  it("sends the service token beside the admin token, to the operator's routes only", async () => {
    const bot = await aBotBehindAccess();
    expect(await talaria(["status"], { bot, env: service })).toMatchObject({ code: 0, stderr: "" });
    expect(bot.seen[0]?.headers).toMatchObject({
      "cf-access-client-id": "id.access",
      authorization: `Bearer ${tokens.admin}`,
    });
    await talaria(["chat", "hello"], { bot, env: service });
    expect(bot.seen[1]?.headers).not.toHaveProperty("cf-access-client-secret");
  });

  it("says that Access stands there and what it takes", async () => {
    const bot = await aBotBehindAccess();
    const run = await talaria(["status", "--json"], { bot });
    expect(errorOf(run)).toMatchObject({
      code: "accessLogIn",
      next: expect.stringContaining(`cloudflared access login ${bot.url}/api`),
    });
  });

  it("says that a service token is refused, and that half of one is none", async () => {
    const bot = await aBotBehindAccess();
    const wrong = { ...service, TALARIA_ACCESS_CLIENT_SECRET: "wrong" };
    expect(errorOf(await talaria(["status", "--json"], { bot, env: wrong })).code).toBe("accessRefused");
    const half = { TALARIA_ACCESS_CLIENT_ID: "id.access" };
    expect(errorOf(await talaria(["status", "--json"], { bot, env: half })).code).toBe("accessHalf");
  });

  it("needs no admin token with a log-in: by cloudflared, or by what that printed", async () => {
    const bot = await aBotBehindAccess();
    const { PATH, calls } = await aCloudflared(session);
    const run = await talaria(["status"], { env: { PATH, TALARIA_URL: bot.url } });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(await calls()).toBe(`access token -app=${bot.url}/api\n`);
    const given = await talaria(["status"], { env: { TALARIA_URL: bot.url, TALARIA_ACCESS_TOKEN: session } });
    expect(given.code).toBe(0);
  });

  it("asks cloudflared when the admin token alone does not get through, and believes no other text of it", async () => {
    const bot = await aBotBehindAccess();
    const good = await aCloudflared(session);
    expect((await talaria(["status"], { bot, env: { PATH: good.PATH } })).code).toBe(0);
    const unknown = await aCloudflared("Unable to find token for provided application.");
    const run = await talaria(["status", "--json"], { bot, env: { PATH: unknown.PATH } });
    expect(errorOf(run).code).toBe("accessLogIn");
  });

  it("does not fail the up that removes Access, which still stands at its last step", async () => {
    const bot = await aBotBehindAccess();
    const run = await talaria(["converge"], { bot });
    expect(run.code).toBe(0);
    expect(run.stderr).toContain("the bot was not asked. Cloudflare Access stands before");
  });

  it("fails an up whose service token does not get through", async () => {
    const bot = await aBotBehindAccess();
    const env = { ...service, TALARIA_ACCESS_CLIENT_SECRET: "wrong" };
    const run = await talaria(["converge", "--grace", "0", "--json"], { bot, env });
    expect(errorOf(run).code).toBe("accessRefused");
  });
});

describe("a hostname without a certificate yet", () => {
  it("is said to be pending", async () => {
    const server = tls.createServer({});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const env = { TALARIA_URL: `https://localhost:${address.port}`, TALARIA_ADMIN_TOKEN: "a" };
    const run = await talaria(["status", "--json"], { env });
    expect(errorOf(run)).toMatchObject({
      code: "certificatePending",
      message: expect.stringContaining(`The certificate of localhost:${address.port} is pending`),
    });
    const converged = await talaria(["converge", "--grace", "0", "--json"], { env });
    expect(errorOf(converged).message).toContain("is pending");
  });
});
