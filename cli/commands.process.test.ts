import OpenAI from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { aStatus } from "./testing/aStatus.ts";
import { type FakeBot, failing, type Route, startFakeBot, tokens } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const bots: FakeBot[] = [];
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.close()));
});

async function aBot(routes: Readonly<Record<string, Route>> = {}) {
  const bot = await startFakeBot(routes);
  bots.push(bot);
  return bot;
}

function errorOf(stderr: string): unknown {
  return JSON.parse(stderr).error;
}

describe("talaria status", () => {
  it("passes the API's object through with --json, fields that it does not know included", async () => {
    const status = { ...aStatus(), fieldOfTomorrow: { x: 1 } };
    const bot = await aBot({ "GET /api/status": () => status });
    const run = await talaria(["status", "--json"], { bot });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(JSON.parse(run.stdout)).toEqual(status);
  });

  it("is readable without --json", async () => {
    const bot = await aBot({ "GET /api/status": () => aStatus() });
    expect((await talaria(["status"], { bot })).stdout).toContain("ready since");
  });
});

describe("talaria env", () => {
  it("prints lines that a shell can evaluate, whatever the token holds", async () => {
    const bot = await aBot();
    const client = 'it\'s $HOME "quoted" `x`';
    const run = await talaria(["env"], { bot, env: { TALARIA_CLIENT_TOKEN: client } });
    const script = `eval "$ENV_LINES"; printf '%s|%s|%s' "$OPENAI_BASE_URL" "$OPENAI_API_KEY" "$TALARIA_ADMIN_TOKEN"`;
    const shell = await talaria(["-c", script], { program: "/bin/sh", env: { ENV_LINES: run.stdout } });
    expect(shell.stdout).toBe(`${bot.url}/v1|${client}|${tokens.admin}`);
    expect(run.stderr).toBe("");
  });

  it("makes the official OpenAI client talk to the bot", async () => {
    const bot = await aBot({ "GET /v1/models": () => ({ object: "list", data: [{ id: "hermes-agent" }] }) });
    const run = await talaria(["env", "--json"], { bot });
    const variables = JSON.parse(run.stdout);
    const client = new OpenAI({ baseURL: variables.OPENAI_BASE_URL, apiKey: variables.OPENAI_API_KEY, maxRetries: 0 });
    expect((await client.models.list()).data.map((model) => model.id)).toEqual(["hermes-agent"]);
  });
});

describe("talaria logs", () => {
  const lines = [{ at: "2026-11-01T12:00:00.000Z", source: "gateway", level: "info", text: "hello" }];

  it("gives lines to people and an array to programs", async () => {
    const bot = await aBot({ "GET /api/logs": () => ({ lines }) });
    expect((await talaria(["logs"], { bot })).stdout).toBe("2026-11-01 12:00:00Z gateway info hello\n");
    const run = await talaria(["logs", "--json", "--tail", "5", "--source", "gateway"], { bot });
    expect(JSON.parse(run.stdout)).toEqual(lines);
    expect(bot.seen.map((request) => request.path)).toEqual(["/api/logs?tail=200", "/api/logs?tail=5&source=gateway"]);
  });
});

describe("talaria wake and stop", () => {
  it("say what happened and how long it took", async () => {
    const bot = await aBot({
      "POST /api/wake": () => ({ state: "ready", ms: 4100, cause: "operator" }),
      "POST /api/stop": () => ({ state: "stopped", ms: 900 }),
    });
    expect((await talaria(["wake"], { bot })).stdout).toBe("ready after 4.1 s (operator)\n");
    expect((await talaria(["stop"], { bot })).stdout).toContain("stopped after 900 ms; a chat or");
    expect(JSON.parse((await talaria(["--json", "wake"], { bot })).stdout)).toMatchObject({ state: "ready" });
  });
});

describe("talaria wake on a bot that is up", () => {
  it("says that it was ready already", async () => {
    const bot = await aBot({ "POST /api/wake": () => ({ state: "ready", ms: 0 }) });
    expect((await talaria(["wake"], { bot })).stdout).toBe("ready already\n");
  });
});

describe("errors", () => {
  it("show the bot's own code, message and next step, with exit 1", async () => {
    const error = { code: "notConfigured", message: "The admin token is not set.", next: "Run pulumi up." };
    const bot = await aBot({ "GET /api/status": failing(503, error) });
    const run = await talaria(["status", "--json"], { bot });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(errorOf(run.stderr)).toEqual(error);
    expect((await talaria(["status"], { bot })).stderr).toBe(
      "error: The admin token is not set.\n       Run pulumi up.\n",
    );
  });

  it("say which output to print when the token is refused", async () => {
    const bot = await aBot();
    const run = await talaria(["status", "--json"], { bot, env: { TALARIA_ADMIN_TOKEN: "wrong" } });
    expect(errorOf(run.stderr)).toMatchObject({
      code: "tokenRefused",
      next: expect.stringContaining("stack output adminToken --show-secrets"),
    });
  });

  it("ask whether the stack is up when nothing answers", async () => {
    const bot = await aBot();
    await bot.close();
    const run = await talaria(["status", "--json"], { bot });
    expect(errorOf(run.stderr)).toMatchObject({ code: "unreachable", next: expect.stringContaining("npm run local") });
  });

  it("tell an answer of someone else from the bot's", async () => {
    const bot = await aBot({ "GET /api/status": (response) => void response.end("<html>hello</html>") });
    const run = await talaria(["status", "--json"], { bot });
    expect(errorOf(run.stderr)).toMatchObject({ code: "unexpected", message: expect.stringContaining("<html>hello") });
  });

  it("cover what was mistyped", async () => {
    const unknown = await talaria(["statsu"]);
    expect(unknown).toMatchObject({ code: 1, stdout: "" });
    expect(unknown.stderr).toContain("unknown command 'statsu'");
    expect(unknown.stderr).toContain("Did you mean status?");
    const bad = await talaria(["logs", "--tail", "many", "--json"]);
    expect(errorOf(bad.stderr)).toMatchObject({ code: "usage", next: "See `./talaria logs --help`." });
  });
});
