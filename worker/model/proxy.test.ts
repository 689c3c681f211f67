import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ModelEnd } from "../alarms/modelCalls.ts";
import type { Chunks } from "../rejoined.ts";
import type { ModelRequest } from "../spend/meter.ts";
import type { AiGateway } from "./aiGateway.ts";
import { failureInHermesText } from "./failure.ts";
import { modelConfig, proxyModel } from "./proxy.ts";

const declared = { model: { default: "anthropic/claude-sonnet-4-6" } };
const env = { ANTHROPIC_API_KEY: "sk-ant-secret", OPENAI_API_KEY: "sk-openai-secret" };
const logged: string[] = [];
const ends: ModelEnd[] = [];
const log = (_level: string, text: string, fields?: object) => void logged.push(`${text} ${JSON.stringify(fields)}`);

function providerAnswers(status: number, body: unknown): { sent: Request[] } {
  const sent: Request[] = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    sent.push(new Request(url, init));
    return Response.json(body, { status });
  });
  return { sent };
}

let gateway: AiGateway | undefined;
/** What the counter is told of a request. */
const told: string[] = [];
const aRun = {
  free: () => void told.push("free"),
  refused: () => void told.push("refused"),
  lost: () => void told.push("lost"),
  counted: (reader: Chunks) => {
    told.push("counted");
    return reader;
  },
};

/** What the counter is asked with. */
const asked: ModelRequest[] = [];
const begin = async (request: ModelRequest) => {
  asked.push(request);
  return aRun;
};

const ask = (path: string, body: unknown, { session, signal }: { session?: string; signal?: AbortSignal } = {}) =>
  proxyModel(
    new Request(`http://talaria.internal/model${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: {
        ...{ authorization: "Bearer placeholder", "x-api-key": "placeholder", "content-type": "application/json" },
        ...(session !== undefined && { "x-talaria-session": session }),
      },
      ...(signal && { signal }),
    }),
    path,
    modelConfig(env, declared),
    {
      log,
      ended: (end) => void ends.push(end),
      meter: { begin },
      way: { bot: "talaria-test", gateway, log },
    },
  );

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

afterEach(() => {
  vi.unstubAllGlobals();
  logged.length = 0;
  ends.length = 0;
  told.length = 0;
  asked.length = 0;
  gateway = undefined;
  vi.useRealTimers();
});

describe("the model proxy", () => {
  it("adds Anthropic's key on the native path and sends no placeholder", async () => {
    const { sent } = providerAnswers(200, { content: [{ type: "text", text: "hi" }] });
    await ask("/anthropic/v1/messages", { model: "claude-sonnet-4-6", messages: [] });
    expect(sent[0]?.url).toBe("https://api.anthropic.com/v1/messages");
    expect(sent[0]?.headers.get("x-api-key")).toBe("sk-ant-secret");
    expect(sent[0]?.headers.get("authorization")).toBeNull();
    expect(sent[0]?.headers.get("anthropic-version")).toBe("2023-06-01");
  });

  it("tells how each call ended, and nothing of one that was wrong in itself", async () => {
    const chat = () => ask("/v1/chat/completions", { model: "openai/gpt-5", messages: [] });
    for (const status of [200, 503, 400]) {
      providerAnswers(status, { choices: [{ message: { content: "hi" } }] });
      await chat();
    }
    providerAnswers(200, {});
    await chat();
    vi.stubGlobal("fetch", () => Promise.reject(new Error("no route")));
    await chat();
    expect(ends).toMatchObject([
      { ok: true, status: 200, provider: "openai", problem: null },
      { ok: false, status: 503, provider: "openai", problem: expect.stringContaining("openai") },
      { ok: false, status: 200, problem: expect.stringContaining("openai") },
      { ok: false, status: null, problem: expect.stringContaining("no route") },
    ]);
  });

  it("speaks OpenAI's form to each provider's endpoint", async () => {
    const { sent } = providerAnswers(200, { choices: [{ message: { content: "hi" } }] });
    await ask("/v1/chat/completions", { model: "openai/gpt-5", messages: [] });
    await ask("/v1/chat/completions", { model: "anthropic/claude-sonnet-4-6", messages: [] });
    expect(sent.map(({ url }) => url)).toEqual([
      "https://api.openai.com/v1/chat/completions",
      "https://api.anthropic.com/v1/chat/completions",
    ]);
    expect(sent[0]?.headers.get("authorization")).toBe("Bearer sk-openai-secret");
    expect(await sent[0]?.json()).toMatchObject({ model: "gpt-5" });
  });

  it.each([
    [401, "invalid x-api-key", "modelKeyRefused", /refused the key of talaria:anthropicApiKey/],
    [400, "Your credit balance is too low", "modelNoCredit", /no credit left/],
    [402, "Insufficient credits", "modelNoCredit", /no credit left/],
    [404, "model: claude-x", "modelUnknown", /does not know the model/],
    [500, "Internal server error", "modelFailing", /failed with HTTP 500: Internal server error/],
    [529, "Overloaded", "modelFailing", /failed with HTTP 529: Overloaded/],
  ])("names provider and config key when the provider answers %i %s", async (status, message, code, words) => {
    providerAnswers(status, { error: { message } });
    const answer = await ask("/anthropic/v1/messages", { model: "claude-sonnet-4-6" });
    expect(answer.status).toBe(status);
    const { error } = (await answer.json()) as { error: { message: string } };
    expect(error.message).toMatch(words);
    expect(error.message).toContain("talaria:anthropicApiKey");
    expect(failureInHermesText(`HTTP ${status}: ${error.message}`)?.code).toBe(code);
  });

  it("follows no provider elsewhere: the key is for the declared address alone", async () => {
    const met: string[] = [];
    const elsewhere = createServer((request, response) => {
      met.push(JSON.stringify(request.headers));
      response.end("{}");
    });
    const provider = createServer((_request, response) => {
      response.writeHead(307, { location: addressOf(elsewhere) }).end();
    });
    for (const server of [elsewhere, provider]) await once(server.listen(0, "127.0.0.1"), "listening");
    const own = { keys: { custom: "sk-own" }, customBaseUrl: addressOf(provider), defaultModel: "custom/m" };
    const request = new Request("http://talaria.internal/model/v1/chat/completions", { method: "POST", body: "{}" });
    const way = { bot: "talaria-test", gateway, log };
    const answer = await proxyModel(request, "/v1/chat/completions", own, {
      log,
      ended: () => {},
      meter: { begin },
      way,
    });
    for (const server of [elsewhere, provider]) server.close();
    expect([answer.status, met, told]).toEqual([400, [], ["refused"]]);
    expect(await answer.text()).toContain("sends elsewhere");
  });

  it.each([400, 401])("hands on no key that a provider names in its refusal with status %d", async (status) => {
    providerAnswers(status, { error: { message: "The key sk-openai-secret is not known." } });
    const answer = await ask("/v1/chat/completions", { model: "openai/gpt-5" });
    const text = await answer.text();
    expect(text).toContain("is not known");
    expect(JSON.stringify([text, ends, logged])).not.toContain("sk-openai-secret");
  });

  it("keeps the code of a failure within what Hermes passes on of a text, whatever the provider says", async () => {
    providerAnswers(500, { error: { message: "Internal server error. ".repeat(40) } });
    const { error } = (await (await ask("/anthropic/v1/messages", { model: "claude-sonnet-4-6" })).json()) as {
      error: { message: string };
    };
    expect(error.message).toMatch(/HTTP 500: Internal .*… \[talaria:modelFailing\]$/);
    expect(failureInHermesText(`HTTP 500: ${error.message.slice(0, 300)}`)?.code).toBe("modelFailing");
  });

  it("passes a provider's 429 on with its Retry-After, naming provider and config key", async () => {
    vi.stubGlobal("fetch", async () =>
      Response.json({ error: { message: "slow down" } }, { status: 429, headers: { "retry-after": "7" } }),
    );
    const answer = await ask("/v1/chat/completions", { model: "openai/gpt-5" });
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(failureInHermesText(await answer.text())?.code).toBe("modelRateLimited");
  });

  it("says that a provider cannot be reached", async () => {
    vi.stubGlobal("fetch", async () => {
      throw new Error("connection refused");
    });
    const answer = await ask("/v1/chat/completions", { model: "openai/gpt-5" });
    expect(answer.status).toBe(502);
    expect(await answer.text()).toMatch(/openai.*could not be reached: connection refused/);
  });

  it.each([
    ["broke after a while", 5_000, () => Promise.reject(new Error("Network connection lost.")), "lost"],
    ["was not made", 20, () => Promise.reject(new Error("Network connection lost.")), "refused"],
    [
      "was given up by who stands before the provider",
      100_000,
      () => Promise.resolve(new Response("", { status: 524 })),
      "lost",
    ],
    ["was refused by the provider, late", 100_000, () => Promise.resolve(new Response("", { status: 500 })), "refused"],
  ] as const)(
    "counts a request with the most that it can cost where it may have run: it %s",
    async (_what, ms, end, as) => {
      vi.useFakeTimers({ toFake: ["Date"] });
      vi.stubGlobal("fetch", async () => {
        vi.setSystemTime(Date.now() + ms);
        return end();
      });
      await ask("/v1/chat/completions", { model: "openai/gpt-5" });
      expect(told).toEqual([as]);
    },
  );

  it("takes no session that the plugin would not name: it becomes part of a header, and of a row", async () => {
    const { sent } = providerAnswers(200, { choices: [{ message: { content: "hi" } }] });
    gateway = { url: "https://gateway.example/v1/a/g", token: "t", logs: false, caches: true, onFailure: "fail" };
    for (const session of ["20261122_120000_ab12", "x".repeat(201), "with a space", "caf\u00e9"])
      expect((await ask("/v1/chat/completions", { model: "openai/gpt-5" }, { session })).status).toBe(200);
    expect(asked.map(({ session }) => session)).toEqual(["20261122_120000_ab12", "", "", ""]);
    expect(sent[1]?.headers.get("cf-aig-metadata")).toBe('{"bot":"talaria-test"}');
  });

  it.each([
    "/v1/batches",
    "/v1/images/generations",
    "/v1/fine_tuning/jobs",
    "/anthropic/v1/messages/batches",
    "/v1/files",
  ])("passes no %s on: it costs what nobody counts", async (path) => {
    const { sent } = providerAnswers(200, { id: "a" });
    const answer = await ask(path, { model: "openai/gpt-5" });
    expect([answer.status, sent, asked]).toEqual([404, [], []]);
    expect(await answer.text()).toContain(path);
  });

  it("takes no name of a model that no model has", async () => {
    const answer = await ask("/v1/chat/completions", { model: `openai/${"x".repeat(200)}` });
    expect([answer.status, asked]).toEqual([400, []]);
    expect(await answer.text()).toContain("longer than 200 characters");
  });

  it("makes no request, and counts none, whose client left while it waited for room", async () => {
    const { sent } = providerAnswers(200, {});
    await ask("/v1/chat/completions", { model: "openai/gpt-5" }, { signal: AbortSignal.abort() });
    expect([sent, told]).toEqual([[], ["refused"]]);
  });

  it("never hands on an answer without a single token", async () => {
    providerAnswers(200, { choices: [{ message: { role: "assistant", content: "" } }] });
    const answer = await ask("/v1/chat/completions", { model: "openai/gpt-5" });
    expect(answer.status).toBe(400);
    expect(failureInHermesText(await answer.text())?.code).toBe("modelEmpty");
  });

  it("counts an answer that has no body at all", async () => {
    vi.stubGlobal("fetch", async () => new Response(null, { status: 204 }));
    expect((await ask("/v1/chat/completions", { model: "openai/gpt-5" })).status).toBe(400);
    expect(told).toEqual(["counted"]);
  });

  it("asks for no answer in the background: its tokens would come when nobody counts", async () => {
    const { sent } = providerAnswers(200, {});
    const answer = await ask("/v1/responses", { model: "openai/gpt-5", input: "hello", background: true });
    expect([answer.status, sent, asked]).toEqual([400, [], []]);
  });

  it("lets a stream say what it has used, whatever the client wants to know", async () => {
    const { sent } = providerAnswers(200, {});
    const stream_options = { include_usage: false, include_obfuscation: false };
    await ask("/v1/chat/completions", { model: "openai/gpt-5", stream: true, stream_options });
    await ask("/v1/chat/completions", { model: "openai/gpt-5" });
    const bodies = await Promise.all(sent.map(async (one): Promise<unknown> => one.json()));
    expect(bodies).toEqual([
      { model: "gpt-5", stream: true, stream_options: { include_usage: true, include_obfuscation: false } },
      { model: "gpt-5" },
    ]);
  });

  it("hands a stream on from its first token, byte for byte", async () => {
    const events = [
      'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n',
      'data: {"choices":[{"delta":{"content":"a"}}]}\n\n',
      "data: [DONE]\n\n",
    ];
    vi.stubGlobal(
      "fetch",
      async () => new Response(events.join(""), { headers: { "content-type": "text/event-stream" } }),
    );
    const answer = await ask("/v1/chat/completions", { model: "openai/gpt-5", stream: true });
    expect(await answer.text()).toBe(events.join(""));
  });

  it("logs no word of a message", async () => {
    providerAnswers(200, { choices: [{ message: { content: "PRIVATE-ANSWER" } }] });
    await ask("/v1/chat/completions", {
      model: "openai/gpt-5",
      messages: [{ role: "user", content: "PRIVATE-QUESTION" }],
    });
    expect(logged.join()).not.toMatch(/PRIVATE/);
    expect(logged.join()).toContain('"model":"gpt-5"');
  });
});

describe("the way through the AI Gateway", () => {
  const url = "https://gateway.ai.cloudflare.com/v1/account/bot-models";
  const declaredGateway = (change: Partial<AiGateway> = {}): AiGateway => ({
    ...{ url, token: "token-of-the-gateway", logs: false, caches: true, onFailure: "fail" },
    ...change,
  });
  const chat = (model: string) => ask("/v1/chat/completions", { model, messages: [] });
  const said = { choices: [{ message: { content: "hi" } }] };

  it("has each provider's documented path and headers, and the gateway alone sees its key", async () => {
    gateway = declaredGateway();
    const { sent } = providerAnswers(200, { content: [{ type: "text", text: "hi" }], choices: said.choices });
    await ask("/anthropic/v1/messages", { model: "claude-sonnet-4-6", messages: [] });
    await chat("openai/gpt-5");
    await ask("/v1/responses", { model: "openai/gpt-5", input: "hello" });
    expect(sent.map((request) => request.url)).toEqual([
      `${url}/anthropic/v1/messages`,
      `${url}/openai/chat/completions`,
      `${url}/openai/responses`,
    ]);
    const headers = sent.map((request) => Object.fromEntries(request.headers));
    for (const one of headers)
      expect(one).toMatchObject({
        "cf-aig-authorization": "Bearer token-of-the-gateway",
        "cf-aig-metadata": '{"bot":"talaria-test"}',
        "cf-aig-collect-log": "false",
      });
    expect(headers[0]).toMatchObject({ "x-api-key": "sk-ant-secret", "anthropic-version": "2023-06-01" });
    expect(headers[0]?.authorization).toBeUndefined();
    expect(headers[1]?.authorization).toBe("Bearer sk-openai-secret");
  });

  it("takes no header and no query of the container's that the gateway or the provider would heed", async () => {
    gateway = declaredGateway();
    const { sent } = providerAnswers(200, said);
    const own = {
      "cf-aig-cache-ttl": "9",
      "cf-aig-skip-cache": "false",
      "cf-aig-authorization": "Bearer own",
      "cf-aig-metadata": "{}",
    };
    const headers = {
      ...own,
      "cf-aig-custom-cost": "{}",
      authorization: "Bearer own",
      "openai-organization": "own",
      cookie: "a=b",
    };
    const request = new Request("http://talaria.internal/model/v1/chat/completions?cf-aig-cache-ttl=9", {
      ...{ method: "POST", headers, body: JSON.stringify({ model: "openai/gpt-5" }) },
    });
    await proxyModel(request, "/v1/chat/completions", modelConfig(env, declared), {
      ...{ log, ended: () => {}, meter: { begin }, way: { bot: "talaria-test", gateway, log } },
    });
    expect(sent[0]?.url).toBe(`${url}/openai/chat/completions`);
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({
      ...{ authorization: "Bearer sk-openai-secret", "content-type": "application/json" },
      ...{ "cf-aig-authorization": "Bearer token-of-the-gateway", "cf-aig-collect-log": "false" },
      "cf-aig-metadata": '{"bot":"talaria-test"}',
    });
  });

  it("is not taken to an endpoint of one's own, which no gateway knows", async () => {
    gateway = declaredGateway();
    const { sent } = providerAnswers(200, said);
    const own = {
      keys: { custom: "sk-own" },
      customBaseUrl: "https://models.example.com/v1",
      defaultModel: "custom/m",
    };
    const request = new Request("http://talaria.internal/model/v1/chat/completions", { method: "POST", body: "{}" });
    const way = { bot: "talaria-test", gateway, log };
    await proxyModel(request, "/v1/chat/completions", own, {
      ...{ log, ended: () => {}, meter: { begin }, way },
    });
    expect(sent[0]?.url).toBe("https://models.example.com/v1/chat/completions");
    expect(sent[0]?.headers.get("cf-aig-authorization")).toBeNull();
  });

  it("names the gateway where the refusal is its own, and the provider where it is the provider's", async () => {
    gateway = declaredGateway();
    providerAnswers(401, {
      success: false,
      result: [],
      messages: [],
      error: [{ code: 2009, message: "Unauthorized" }],
    });
    expect(await (await chat("openai/gpt-5")).text()).toContain(
      "The AI Gateway before the provider openai answered with status 401: Unauthorized",
    );
    providerAnswers(401, { error: { message: "Incorrect API key provided" } });
    expect(await (await chat("openai/gpt-5")).text()).toContain("talaria:openaiApiKey");
  });

  const straight = "https://api.openai.com/v1/chat/completions";
  /** Asks while the gateway is down so; returns the answer's text and where requests went. */
  async function askedWhile(down: () => Promise<Response>, onFailure: AiGateway["onFailure"]) {
    const asked: string[] = [];
    vi.stubGlobal("fetch", (to: string) => {
      asked.push(to);
      return to.startsWith(url) ? down() : Promise.resolve(Response.json(said));
    });
    gateway = declaredGateway({ onFailure });
    const answer = await chat("openai/gpt-5");
    return { ok: answer.ok, text: await answer.text(), asked };
  }
  const answering = (status: number) => async () => new Response(`error code: ${status}`, { status });

  it.each([521, 523, 525, 526, 530])(
    "goes straight to the provider, as declared, where the edge answers %i: nothing was sent",
    async (status) => {
      const failed = await askedWhile(answering(status), "fail");
      expect(failed.asked).toEqual([`${url}/openai/chat/completions`]);
      expect(failed.text).toContain("The AI Gateway before the provider openai could not be reached");
      const went = await askedWhile(answering(status), "direct");
      expect(went).toMatchObject({ ok: true, asked: [`${url}/openai/chat/completions`, straight] });
      expect(logged.join()).toContain("the AI Gateway is out of reach");
    },
  );

  it.each([
    [
      "the connection was refused or broke, which is one error",
      () => Promise.reject(new Error("Network connection lost.")),
    ],
    ["it was sent, and nothing came back", answering(520)],
    ["it was sent, and not acknowledged", answering(522)],
    ["it was sent, and took too long", answering(524)],
  ])("makes no request twice that may have run: %s", async (_what, down) => {
    const { ok, text, asked } = await askedWhile(down, "direct");
    expect([ok, asked]).toEqual([false, [`${url}/openai/chat/completions`]]);
    expect(text).toContain("The AI Gateway before the provider openai could not be reached, or was lost");
  });

  it("asks for no answer from the cache unless one is declared, and takes one from there for free", async () => {
    gateway = declaredGateway({ caches: false });
    const { sent } = providerAnswers(200, said);
    await chat("openai/gpt-5");
    expect(sent[0]?.headers.get("cf-aig-skip-cache")).toBe("true");
    expect(told).toEqual(["counted"]);
    gateway = declaredGateway();
    const headers = { "cf-aig-cache-status": "HIT" };
    vi.stubGlobal("fetch", async () => Response.json(said, { headers }));
    expect((await chat("openai/gpt-5")).ok).toBe(true);
    expect(told).toEqual(["counted", "free"]);
    gateway = undefined;
    await chat("openai/gpt-5");
    expect(told.at(-1)).toBe("counted");
  });
});
