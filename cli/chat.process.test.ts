import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { type FakeBot, failing, type Route, startFakeBot, tokens } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const bots: FakeBot[] = [];
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.close()));
});

async function aBot(chat: Route) {
  const bot = await startFakeBot({ "POST /v1/chat/completions": chat });
  bots.push(bot);
  return bot;
}

function data(response: ServerResponse, ...values: unknown[]) {
  for (const value of values) response.write(`data: ${JSON.stringify(value)}\n\n`);
}

function piece(content: string) {
  return { choices: [{ index: 0, delta: { content }, finish_reason: null }] };
}

const end = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };

describe("talaria chat", () => {
  it("streams the answer to stdout and shows waiting and tools on stderr", async () => {
    const bot = await aBot((response) => {
      response.write(": waking\n\n: waking\n\n");
      response.write('event: hermes.tool.progress\ndata: {"tool":"terminal","label":"ls","status":"running"}\n\n');
      data(response, piece("\n\nhel"), piece("lo"), end);
      response.end("data: [DONE]\n\n");
    });
    const run = await talaria(["chat", "hi", "--session", "s1"], { bot });
    expect(run).toEqual({
      code: 0,
      stdout: "hello\n",
      stderr: "waiting: the bot is waking or busy …\n· terminal ls\n",
    });
    const [request] = bot.seen;
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${tokens.client}`,
      "x-hermes-session-id": "s1",
    });
    expect(JSON.parse(request?.body ?? "")).toMatchObject({
      stream: true,
      messages: [{ role: "user", content: "hi" }],
    });
  });

  it("gives one object with --json, streamed or not, and plain text with --no-stream", async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
    const bot = await aBot((response, request) => {
      response.setHeader("x-hermes-session-id", "s2");
      if (!JSON.parse(request.body).stream) {
        return { model: "m", choices: [{ message: { content: "hello" }, finish_reason: "stop" }], usage };
      }
      response.write(": waking\n\n");
      data(response, { ...piece("hel"), model: "m" }, piece("lo"), { ...end, usage });
      return void response.end("data: [DONE]\n\n");
    });
    const expected = { text: "hello", model: "m", finishReason: "stop", sessionId: "s2", usage };
    for (const args of [["--json"], ["--json", "--no-stream"]]) {
      const run = await talaria(["chat", "hi", ...args], { bot });
      expect(run.stderr).toBe("");
      expect(JSON.parse(run.stdout)).toMatchObject(expected);
    }
    expect((await talaria(["chat", "hi", "--no-stream"], { bot })).stdout).toBe("hello\n");
  });

  it("reads the message from stdin, and refuses an empty one", async () => {
    const bot = await aBot(() => ({ choices: [{ message: { content: "ok" } }] }));
    await talaria(["chat", "--no-stream"], { bot, stdin: "from a pipe" });
    expect(bot.seen[0]?.body).toContain("from a pipe");
    const empty = await talaria(["chat", " "], { bot });
    expect(empty).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing to say") });
  });

  it("fails when the stream breaks off, with what came before on stdout", async () => {
    const bot = await aBot((response) => {
      data(response, piece("half"));
      setTimeout(() => response.destroy(), 50);
    });
    const run = await talaria(["chat", "hi"], { bot });
    expect(run).toMatchObject({ code: 1, stdout: "half\n" });
    expect(run.stderr).toContain("broke off");
  });

  it("fails when the bot says that it has no answer", async () => {
    const bot = await aBot((response) => {
      const choices = [{ index: 0, delta: {}, finish_reason: "error" }];
      data(response, { choices, error: { message: "HTTP 402: Insufficient credits.", type: "agent_error" } });
      response.end("data: [DONE]\n\n");
    });
    const run = await talaria(["chat", "hi"], { bot });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("The bot has no answer: HTTP 402: Insufficient credits.");
  });

  it("shows errors of OpenAI's shape and what to do", async () => {
    const bot = await aBot((response, request, count) => {
      response.setHeader("retry-after", "7");
      const error = { message: "The bot is starting.", type: "server_error", code: "waking" };
      return failing(503, error)(response, request, count);
    });
    const run = await talaria(["chat", "hi"], { bot });
    expect(run.stderr).toBe("error: The bot is starting.\n       Try again in 7 seconds.\n");
  });

  it("says which output holds the client token when it is refused", async () => {
    const bot = await aBot(() => ({}));
    const run = await talaria(["chat", "hi"], { bot, env: { TALARIA_CLIENT_TOKEN: "wrong" } });
    expect(run.stderr).toContain("stack output clientToken --show-secrets");
  });
});
