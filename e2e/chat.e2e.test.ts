/** A user's programs talk to the bot through the Worker: the official OpenAI client, plain HTTP, and `./talaria`. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { statusSchema } from "../cli/api.ts";
import { beginUpload } from "./beginUpload.ts";
import { mustPass } from "./commands.ts";
import { eventually } from "./eventually.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { filesWith } from "./marker.ts";
import { modelRequests } from "./modelLedger.ts";
import { evaluatedEnv, openaiClient, pieces, saying, thrownBy } from "./openaiClient.ts";

const megabyte = 1_000_000;
/** Runs that Hermes works on at once, as declared when the config says nothing. */
const runLimit = 32;

let local: LocalSystem;
let client: OpenAI;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  local = await startLocal();
  env = await evaluatedEnv(local);
  client = openaiClient(env);
});
afterAll(() => local?.stop());

const status = async () => statusSchema.parse(await (await local.api("/api/status")).json());
const chat = (content: string, init: RequestInit = {}) =>
  local.client("/v1/chat/completions", { method: "POST", body: JSON.stringify(saying(content)), ...init });
const idle = () => eventually(async () => (await status()).activeRuns === 0);

describe("the official OpenAI client", () => {
  it("gets an answer", async () => {
    const answer = await client.chat.completions.create(saying("hello"));
    expect(answer.choices[0]?.message).toMatchObject({ role: "assistant", content: "echo: hello" });
    expect(answer.choices[0]?.finish_reason).toBe("stop");
    expect(answer.usage?.total_tokens).toBeGreaterThan(1000);
  });

  it("gets a streamed answer piece by piece, in order", async () => {
    const words = "one two three four five six";
    const found = await pieces(client, words);
    expect(found.length).toBeGreaterThan(5);
    expect(found.join("")).toBe(`echo: ${words}`);
  });

  it("gets the first words of a stream long before its end", async () => {
    const stream = await client.chat.completions.create({ ...saying("FAULT drip 4\na b c d e f g"), stream: true });
    const times: number[] = [];
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) times.push(performance.now());
    expect(times.length).toBeGreaterThan(5);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1000);
  });

  it("lists the models", async () => {
    const { data } = await client.models.list();
    expect(data.map(({ id }) => id)).toEqual(["hermes-agent"]);
  });

  it("runs a command by a tool, whole and streamed, and no chunk lacks a choice", async () => {
    const answer = await client.chat.completions.create(saying("RUN echo sum=$((40+2))"));
    expect(answer.choices[0]?.message.content).toContain("sum=42");
    const stream = await client.chat.completions.create({ ...saying("RUN echo sum=$((41+2))"), stream: true });
    let text = "";
    for await (const chunk of stream) {
      expect(chunk.choices).toHaveLength(1);
      text += chunk.choices[0]?.delta.content ?? "";
    }
    expect(text).toContain("sum=43");
  });

  it("throws its own errors for a wrong key and for the operator's token", async () => {
    const wrong = await thrownBy(() => openaiClient(env, "not-a-key-at-all").chat.completions.create(saying("hi")));
    expect(wrong).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(wrong.message).toContain("./talaria env");
    const admin = openaiClient(env, env.TALARIA_ADMIN_TOKEN);
    const denied = await thrownBy(() => admin.chat.completions.create(saying("hi")));
    expect(denied).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect((await local.api("/api/status", { headers: { authorization: `Bearer ${local.clientToken}` } })).status).toBe(
      403,
    );
  });

  it("goes on with a conversation by its session id", async () => {
    const headers = { "X-Hermes-Session-Id": "a-session-of-mine" };
    const turn = async (words: string) => {
      const { response } = await client.chat.completions.create(saying(words), { headers }).withResponse();
      expect(response.headers.get("x-hermes-session-id")).toBe("a-session-of-mine");
      return (await modelRequests(local.stateDir)).at(-1)?.promptTokens ?? 0;
    };
    const first = await turn("turn one");
    const second = await turn("turn two"); // as long as the first: what it is longer by is the first turn
    expect(second).toBeGreaterThan(first);
    const alone = await client.chat.completions.create(saying("turn six")).withResponse();
    expect(alone.response.headers.get("x-hermes-session-id")).toMatch(/^api-/);
    expect((await modelRequests(local.stateDir)).at(-1)?.promptTokens).toBe(first);
  });
});

describe("a fault of the model", () => {
  const faults = [
    ["refused-key", OpenAI.InternalServerError, 502, "modelKeyRefused", "refused the key"],
    ["no-credit", OpenAI.APIError, 402, "modelNoCredit", "no credit left"],
    ["unknown-model", OpenAI.NotFoundError, 404, "modelUnknown", "does not know the model canned"],
    ["empty", OpenAI.InternalServerError, 502, "modelEmpty", "without a single token"],
    ["429", OpenAI.RateLimitError, 429, "modelRateLimited", "limits the rate of requests"],
    ["500", OpenAI.InternalServerError, 502, "modelFailing", "failed with HTTP 500"],
  ] as const;

  it.each(faults)("%s is an error that names provider and config key, whole and streamed", async (...fault) => {
    const [word, kind, code, name, words] = fault;
    const whole = await thrownBy(() => client.chat.completions.create(saying(`FAULT ${word}`)));
    expect(whole).toBeInstanceOf(kind);
    expect(whole).toMatchObject({ status: code, code: name });
    const streamed = await thrownBy(() => pieces(client, `FAULT ${word}`));
    expect(streamed.code).toBe(name);
    for (const { message } of [whole, streamed]) {
      expect(message).toContain("provider custom");
      expect(message).toContain("talaria:modelApiKey");
      expect(message).toContain(words);
      expect(message).not.toContain("[talaria:");
    }
    if (process.env.TALARIA_SHOW_MESSAGES) console.log(`${word}: ${whole.message}`);
    if (code >= 429) expect(whole.headers?.get("x-should-retry")).toBe("false");
  });
});

describe("bad input", () => {
  const errorSchema = z.object({ error: z.looseObject({ message: z.string(), type: z.string(), code: z.string() }) });
  const refused = async (response: Response) => ({
    status: response.status,
    ...errorSchema.parse(await response.json()).error,
  });
  const post = (body: string) => chat("", { body });

  it.each([
    ["malformed JSON", '{"messages": [', /not valid JSON/],
    ["an array", "[]", /not a JSON object/],
    ["a large array", `[${" ".repeat(2 * megabyte)}]`, /not a JSON object/],
    ["nothing", "", /not valid JSON/],
  ])("%s is refused with a reason", async (_what, body, reason) => {
    const error = await refused(await post(body));
    expect(error).toMatchObject({ status: 400, type: "invalid_request_error", code: "badRequest" });
    expect(error.message).toMatch(reason);
  });

  it("an unknown path is refused in OpenAI's shape below /v1, and plainly elsewhere", async () => {
    expect(await refused(await local.client("/v1/nothing"))).toMatchObject({ status: 404, code: "unknownPath" });
    const elsewhere = await local.client("/nothing");
    expect(elsewhere.status).toBe(404);
    expect(await elsewhere.json()).toMatchObject({ error: { message: "There is no GET /nothing here." } });
  });

  it("a token in the URL is refused, even a right one", async () => {
    const answer = await refused(await local.client(`/v1/models?token=${local.clientToken}`));
    expect(answer).toMatchObject({ status: 400, code: "tokenInUrl" });
  });

  it("50 MB are refused before they are sent, declared or not, and the bot goes on", async () => {
    expect(await beginUpload(local, megabyte / 10, { "content-length": 50 * megabyte })).toBe(413);
    expect(await beginUpload(local, 10.1 * megabyte, {})).toBe(413);
    expect((await chat("still there")).status).toBe(200);
  });

  it("9 MB are accepted", async () => {
    const answer = await refused(await chat(`FAULT refused-key\n${"x".repeat(9 * megabyte)}`));
    expect(answer.code).toBe("modelKeyRefused"); // so the model was asked
  });
});

describe("many at once", () => {
  it("twenty streams get each their own words", async () => {
    const texts = Array.from({ length: 20 }, (_, n) => `stream ${n} says ${"word ".repeat(n + 1)}${n}`);
    const answers = await Promise.all(texts.map((text) => pieces(client, text)));
    expect(answers.map((found) => found.join(""))).toEqual(texts.map((text) => `echo: ${text}`));
  });

  it("a client that leaves ends its run and the model's answer, whole and streamed", async () => {
    await idle();
    for (const stream of [false, true]) {
      const leaving = new AbortController();
      const body = JSON.stringify({ ...saying(`FAULT drip 60\n${"word ".repeat(30)}${stream}`), stream });
      const answer = chat("", { body, signal: leaving.signal }).then((response) => response.text());
      const left = expect(answer).rejects.toThrow();
      expect(await eventually(async () => (await status()).activeRuns === 1)).toBe(true);
      leaving.abort();
      await left;
      expect(await idle()).toBe(true);
    }
    const cut = async () => (await modelRequests(local.stateDir)).filter(({ outcome }) => outcome === "client left");
    expect(await eventually(async () => (await cut()).length >= 2, 30)).toBe(true);
  });

  it("what is beyond the run limit waits, and what is beyond the queue is told when to come back", async () => {
    await idle();
    const all = Array.from({ length: 2 * runLimit }, (_, n) => chat(`FAULT slow 5\nnumber ${n}`));
    const full = async () => {
      const { activeRuns, queuedRuns } = await status();
      expect(activeRuns).toBeLessThanOrEqual(runLimit);
      return activeRuns === runLimit && queuedRuns === runLimit;
    };
    expect(await eventually(full)).toBe(true);
    const beyond = await chat("one too many");
    expect(beyond.status).toBe(429);
    expect(Number(beyond.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await beyond.json()).toMatchObject({ error: { type: "rate_limit_error", code: "busy" } });
    const answers = await Promise.all(all);
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    for (const [n, text] of texts.entries()) expect(text).toContain(`number ${n}`);
    expect(await status()).toMatchObject({ activeRuns: 0, queuedRuns: 0 });
  });
});

describe("./talaria", () => {
  it("chats, streamed and with --json, and goes on with a session", async () => {
    expect(mustPass(await local.talaria(["chat", "hello there"])).stdout.trim()).toBe("echo: hello there");
    const shown = mustPass(await local.talaria(["chat", "RUN echo from-a-tool", "--json", "--session", "cli-1"]));
    const answer = JSON.parse(shown.stdout);
    expect(answer).toMatchObject({ sessionId: "cli-1", finishReason: "stop", model: "hermes-agent" });
    expect(answer.text).toContain("from-a-tool");
    const whole = mustPass(await local.talaria(["chat", "in one piece", "--no-stream", "--json"]));
    expect(JSON.parse(whole.stdout)).toMatchObject({ text: "echo: in one piece" });
  });

  it("says what failed, as JSON on stderr, with exit code 1", async () => {
    const failed = await local.talaria(["chat", "FAULT no-credit", "--json"]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toBe("");
    const { error } = JSON.parse(failed.stderr);
    expect(error.code).toBe("modelNoCredit");
    expect(error.message).toContain("talaria:modelApiKey");
    expect(error.next).toBeTruthy();
  });

  it("tells the whole status", async () => {
    const shown = JSON.parse(mustPass(await local.talaria(["status", "--json"])).stdout);
    expect(shown).toMatchObject({
      stack: "local",
      state: "ready",
      desired: "running",
      engine: "process",
      isolated: false,
      lastError: null,
      nextJob: null,
      activeRuns: 0,
      queuedRuns: 0,
      sleepAfterSeconds: 14_400,
      versions: { talaria: expect.any(String), hermes: expect.any(String), sdk: expect.any(String) },
    });
    expect(shown.images.hermes).toEqual({ declared: expect.stringContaining("hermes"), running: expect.any(String) });
    expect(shown.images.exec.declared).toContain("exec");
    expect(shown.transitions.map(({ to }: { to: string }) => to)).toContain("ready");
  });
});

describe("what people say", () => {
  it("is neither stored nor logged by the Worker", async () => {
    const word = `marker${crypto.randomUUID().replaceAll("-", "")}`;
    await chat(`say ${word}`);
    // The beginning of a command is in the audit, which is there for that: what commands print is not.
    await pieces(client, `RUN echo ${word.replace("m", "$(printf m)")}`);
    await chat("RUN cat /nowhere/at-all");
    await chat("RUN rm -rf / # at all");
    await chat(`FAULT refused-key\n${word}`);
    await thrownBy(() => pieces(client, `FAULT no-credit\n${word}`));
    await chat("", { body: `${word} is no JSON` });
    await chat("", { body: `{"messages": ${word}}` });
    // A stop reads Hermes' logs into the journal, as the alarm does each minute.
    expect((await local.api("/api/stop", { method: "POST" })).status).toBe(200);
    const { lines } = z
      .object({ lines: z.array(z.looseObject({ source: z.string(), text: z.string() })) })
      .parse(await (await local.api("/api/logs?tail=2000")).json());
    expect(lines.some(({ source }) => source === "gateway")).toBe(true);
    expect(lines.filter(({ text }) => text.includes(word))).toEqual([]);
    const { found, read } = await filesWith(local.stateDir, word);
    expect(read).toBeGreaterThan(10);
    expect(found).toEqual([]);
    // The search finds what is there.
    expect((await filesWith(local.stateDir, "an operator's stop")).found).not.toEqual([]);
  });
});

describe("the first chat after a fresh wake", () => {
  it("sees a whole prompt, and a stream that wakes the bot keeps its session", async () => {
    await local.api("/api/stop", { method: "POST" });
    expect(await status()).toMatchObject({ state: "stopped" });
    const body = JSON.stringify({ ...saying("wake up now"), stream: true });
    const headers = { "x-hermes-session-id": "woken", "content-type": "application/json" };
    const response = await chat("", { body, headers });
    expect(response.headers.get("x-hermes-session-id")).toBe("woken");
    expect(await response.text()).toContain("up ");
    const first = (await modelRequests(local.stateDir)).at(-1);
    await chat("wake up now");
    const later = (await modelRequests(local.stateDir)).at(-1);
    expect(first?.offeredTools).toBeGreaterThan(10);
    expect(first).toMatchObject({ offeredTools: later?.offeredTools, promptTokens: later?.promptTokens });
  });
});
