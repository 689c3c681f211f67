import { describe, expect, it } from "vitest";
import type { ProviderName } from "../bindings.ts";
import { BotError } from "../errors.ts";
import { forHermes } from "../model/failure.ts";
import { rejoined } from "../rejoined.ts";
import type { Ask, Settlement } from "./book.ts";
import type { SpendPolicy } from "./limits.ts";
import { Meter } from "./meter.ts";
import { noTokens } from "./tokens.ts";

const prices = { "custom/priced": { input: 1_000, output: 2_000 } };
const policy: SpendPolicy = { caps: { day: 1_000_000 }, prices, unknownPrice: "refuse" };
const body = { model: "priced", max_tokens: 500, messages: [{ role: "user", content: "hello" }] };
const requestOf = (sent: object = body) => ({
  ...{ path: "/v1/chat/completions", body: { ...sent }, text: JSON.stringify(sent) },
});
const never = new AbortController().signal;
const sse = "text/event-stream; charset=utf-8";

const clock = { now: 1_000_000 };

/** A meter, and all that it told. */
function aMeter(given: Partial<SpendPolicy> = {}) {
  const asked: Ask[] = [];
  const told: (Settlement | "released" | `unpriced ${string}`)[] = [];
  const counter = {
    reserve: async (ask: Ask) => void asked.push(ask),
    settle: async (_id: string, settlement: Settlement) => void told.push(settlement),
    release: async () => void told.push("released"),
    unpriced: async (model: string) => void told.push(`unpriced ${model}`),
  };
  const meter = new Meter({
    counter,
    policy: { ...policy, ...given },
    inBackground: () => {},
    log: () => {},
    now: () => clock.now,
  });
  const begin = (model = "priced", provider: ProviderName = "custom", more: object = {}) =>
    meter.begin({ provider, model, ...requestOf({ ...body, ...more }), session: "s" }, never);
  return { asked, told, begin };
}

function streamOf(chunks: readonly string[], broken?: Error): ReadableStream<Uint8Array> {
  const left = chunks.map((chunk) => new TextEncoder().encode(chunk));
  return new ReadableStream({
    pull(controller) {
      const next = left.shift();
      if (next !== undefined) controller.enqueue(next);
      else if (broken === undefined) controller.close();
      else controller.error(broken);
    },
  });
}

async function passed(chunks: readonly string[], type: string, broken?: Error) {
  const { asked, told, begin } = aMeter();
  const run = await begin();
  const counted = run.counted(streamOf(chunks, broken).getReader(), type);
  const text = await new Response(rejoined([], counted)).text().catch((error: Error) => error.message);
  return { asked, told, text };
}

describe("the meter of a model request", () => {
  it("passes a stream unchanged, in the pieces that it comes in, and settles by its last usage", async () => {
    const chunks = [
      'data: {"choices":[{"delta":{"content":"hel"}}],"usage":null}\n\nda',
      'ta: {"choices":[{"delta":{"content":"lo"}}]}\n\n',
      'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3}}\n\ndata: [DONE]\n\n',
    ];
    const { asked, told, text } = await passed(chunks, sse);
    expect(text).toBe(chunks.join(""));
    expect(told).toEqual([
      { nanos: 12 * 1_000 + 3 * 2_000, tokens: { ...noTokens, input: 12, output: 3 }, estimated: false },
    ]);
    expect(asked).toMatchObject([{ session: "s", model: "custom/priced" }]);
    expect(asked[0]?.worst).toBeGreaterThan(500 * 2_000);
  });

  it("settles an answer in one piece, and Anthropic's stream by its first and its last event", async () => {
    const whole = await passed(['{"usage":{"input_tokens":7,', '"output_tokens":2}}'], "application/json");
    expect(whole.told).toMatchObject([{ nanos: 11_000, estimated: false }]);
    const events = [
      'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n',
      'event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":9}}\n\n',
    ];
    expect((await passed(events, sse)).told).toMatchObject([{ nanos: 25_000, estimated: false }]);
  });

  it.each([
    ["is cut", ['data: {"choices":[{"delta":{"content":"hello"}}]}\n\n'], new Error("gone")],
    ["reports no usage", ['data: {"choices":[{"delta":{"content":"hello"}}]}\n\ndata: [DONE]\n\n'], undefined],
    [
      "reports a negative usage",
      ['data: {"choices":[{"delta":{"content":"hello"}}],"usage":{"prompt_tokens":-5,"completion_tokens":1}}\n\n'],
      undefined,
    ],
    [
      "reports nothing for what it said",
      ['data: {"choices":[{"delta":{"content":"hello"}}],"usage":{"prompt_tokens":0,"completion_tokens":0}}\n\n'],
      undefined,
    ],
  ])("counts an answer that %s by what was sent and said, and marks it", async (_what, chunks, broken) => {
    const { told, asked } = await passed(chunks, sse, broken);
    expect(told).toMatchObject([{ estimated: true, tokens: { output: 5 } }]);
    const [settled] = told;
    if (typeof settled !== "object") throw new Error("nothing was settled");
    expect(settled.nanos).toBeGreaterThan(JSON.stringify(body).length * 1_000);
    expect(settled.nanos).toBeLessThanOrEqual(asked[0]?.worst ?? 0);
  });

  it("counts what was said by its bytes, of which a sign of Chinese has three", async () => {
    const { told } = await passed(['data: {"choices":[{"delta":{"content":"漢字"}}]}\n\n'], sse, new Error("gone"));
    expect(told).toMatchObject([{ estimated: true, tokens: { output: 6 } }]);
  });

  it("settles once when the client leaves, and tells the provider", async () => {
    const { told, begin } = aMeter();
    let left: unknown;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('data: {"delta":{"content":"x"}}\n\n')),
      cancel: (reason) => {
        left = reason;
      },
    });
    const reader = (await begin()).counted(endless.getReader(), sse);
    await reader?.read();
    await reader?.cancel("enough");
    expect(left).toBe("enough");
    expect(told).toMatchObject([{ estimated: true }]);
  });

  it("counts an answer that no provider was asked for, at no cost", async () => {
    const { told, begin } = aMeter();
    (await begin()).free();
    expect(told).toEqual([{ nanos: 0, tokens: noTokens, estimated: false }]);
  });

  it.each([
    ["in one piece", '{"choices":[{"message":{"content":"hello"}}]}'],
    ["as a stream that does not say so", 'data: {"choices":[{"delta":{"content":"hello"}}]}\n\ndata: [DONE]\n\n'],
  ])("counts an answer %s that reports no usage by what it said", async (_how, text) => {
    const { told } = await passed([text], "application/json");
    expect(told).toMatchObject([{ estimated: true, tokens: { output: 5 } }]);
  });

  it.each([[{ total_cost: 0.1 }], [0]])("believes no endpoint of one's own that it charged %j", async (cost) => {
    const usage = { prompt_tokens: 10, completion_tokens: 1, cost };
    const { told } = await passed([JSON.stringify({ usage })], "application/json");
    expect(told).toMatchObject([{ nanos: 12_000, estimated: false }]);
  });

  it("gives back what was refused, and counts what was lost with the most", async () => {
    const { asked, told, begin } = aMeter();
    (await begin()).refused();
    const second = await begin();
    second.lost();
    second.refused();
    expect(told).toEqual(["released", { nanos: asked[1]?.worst, tokens: noTokens, estimated: true }]);
  });

  it("asks no model where a cap cannot be held, and goes on where there is none", async () => {
    const told: string[] = [];
    const dead = {
      reserve: () => Promise.reject(new Error("the object was reset")),
      ...{ settle: async () => void told.push("settled"), release: async () => void told.push("released") },
      unpriced: async () => {},
    };
    const begin = (caps: SpendPolicy["caps"]) =>
      new Meter({
        counter: dead,
        policy: { ...policy, caps },
        inBackground: () => {},
        log: () => {},
        now: () => clock.now,
      }).begin({ provider: "custom", model: "priced", ...requestOf(), session: "" }, never);
    await expect(begin({ day: 1 })).rejects.toThrow("what is left of the spending cap");
    // What the object may have granted before it fell silent stands in nobody's way.
    expect(told).toEqual(["released"]);
    (await begin({})).free();
    expect(told).toEqual(["released", "settled"]);
  });

  it("takes a request back whose client leaves while it waits for room", () => {
    const told: string[] = [];
    const counter = {
      reserve: () => new Promise<void>(() => {}),
      ...{ settle: async () => {}, release: async () => void told.push("released"), unpriced: async () => {} },
    };
    const client = new AbortController();
    const meter = new Meter({ counter, policy, inBackground: () => {}, log: () => {}, now: () => clock.now });
    void meter.begin({ provider: "custom", model: "priced", ...requestOf(), session: "" }, client.signal);
    client.abort();
    expect(told).toEqual(["released"]);
  });

  it("refuses a model without a price, or lets it through, as declared", async () => {
    const strict = aMeter();
    await expect(strict.begin("unknown")).rejects.toThrow(BotError);
    expect([strict.asked, strict.told]).toEqual([[], ["unpriced custom/unknown"]]);
    expect(await aMeter({ unknownPrice: "uncounted" }).begin("unknown")).toBeDefined();
  });

  it("says what to type within the 300 characters that Hermes passes on, and not in words of credit", async () => {
    const strict = aMeter();
    const refused = await strict.begin("somebody/claude-9.9").catch((error: unknown) => error);
    if (!(refused instanceof BotError)) throw new Error("it was not refused");
    const { error } = (await forHermes(refused, 400).json()) as { error: { message: string; type: string } };
    expect(error.message).toContain(`talaria:spend.prices["custom/somebody/claude-9.9"].input' 3`);
    expect(error.message).toMatch(/`pulumi up`\. Or .* uncounted\. \[talaria:modelUnpriced\]$/);
    expect(error.type).toBe("invalid_request_error");
  });

  it("counts a stream of Anthropic's that is cut by what was said: its first event counts a token of the answer", async () => {
    const events = [
      'data: {"type":"message_start","message":{"usage":{"input_tokens":7,"output_tokens":1}}}\n\n',
      'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"hello"}}\n\n',
    ];
    const { told } = await passed(events, sse, new Error("gone"));
    expect(told).toMatchObject([{ nanos: 17_000, tokens: { input: 7, output: 5 }, estimated: true }]);
  });

  it("counts what a model may have thought without a word until its stream was cut, up to what it may say", async () => {
    const output = async (seconds: number) => {
      const { told, begin } = aMeter({ prices: { "openai/m": { input: 1_000, output: 2_000 } } });
      const run = await begin("m", "openai");
      clock.now += seconds * 1_000;
      const counted = run.counted(streamOf([], new Error("gone")).getReader(), sse);
      await new Response(rejoined([], counted)).text().catch(() => "");
      return told[0];
    };
    expect(await output(1)).toMatchObject({ tokens: { output: 300 }, estimated: true });
    expect(await output(60)).toMatchObject({ tokens: { output: 500 }, estimated: true });
  });

  it("reads a stream that comes byte by byte, with Windows' line ends", async () => {
    const text =
      'data: {"choices":[{"delta":{"content":"漢"}}]}\r\n\r\ndata: {"usage":{"prompt_tokens":12,"completion_tokens":3}}\r\n\r\n';
    const { asked, told, begin } = aMeter();
    const run = await begin();
    const left = [...new TextEncoder().encode(text)];
    const bytes = new ReadableStream<Uint8Array>({
      pull(controller) {
        const next = left.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(Uint8Array.of(next));
      },
    });
    const counted = run.counted(bytes.getReader(), sse);
    expect(await new Response(rejoined([], counted)).text()).toBe(text);
    expect([asked.length, told]).toMatchObject([1, [{ nanos: 18_000, estimated: false }]]);
  });

  it("takes the price of the speed that was served, and reserves that of the one that is asked for", async () => {
    const worst = async (more: object) => {
      const { asked, begin } = aMeter({ prices: { "openai/m": { input: 1_000, output: 2_000 } } });
      await begin("m", "openai", more);
      return asked[0]?.worst ?? 0;
    };
    expect((await worst({ service_tier: "ultrafast" })) / (await worst({ service_tier: "standard" }))).toBeGreaterThan(
      5.9,
    );
    const nanos = async (asked: object, served: object) => {
      const { told, begin } = aMeter({ prices: { "openai/m": { input: 1_000, output: 2_000 } } });
      const answer = JSON.stringify({ ...served, usage: { prompt_tokens: 10, completion_tokens: 1 } });
      const counted = (await begin("m", "openai", asked)).counted(streamOf([answer]).getReader(), "application/json");
      await new Response(rejoined([], counted)).text();
      return told[0];
    };
    expect(await nanos({ service_tier: "fast" }, {})).toMatchObject({ nanos: 24_000 });
    expect(await nanos({ service_tier: "fast" }, { service_tier: "default" })).toMatchObject({ nanos: 12_000 });
    expect(await nanos({}, { service_tier: "priority" })).toMatchObject({ nanos: 24_000 });
  });

  it("reserves for the dearest of the models that OpenRouter may ask instead, and refuses one without a price", async () => {
    const prices = { "openrouter/a": { input: 1, output: 1 }, "openrouter/b": { input: 500, output: 500 } };
    const worst = async (more: object) => {
      const { asked, begin } = aMeter({ prices });
      await begin("a", "openrouter", more);
      return asked[0]?.worst ?? 0;
    };
    expect(await worst({ models: ["b"] })).toBeGreaterThan(100 * (await worst({})));
    await expect(aMeter({ prices }).begin("a", "openrouter", { models: ["b", "c"] })).rejects.toThrow("openrouter/c");
  });

  it("tells of a model without a price with the request itself, where it is let through", async () => {
    const { asked, told, begin } = aMeter({ unknownPrice: "uncounted" });
    await begin("unknown");
    expect([asked, told]).toMatchObject([[{ unpriced: "custom/unknown" }], []]);
  });

  it("counts requests and tokens of a model without a price, and the dollars that its provider says", async () => {
    const answer = (usage: object) => [JSON.stringify({ usage: { prompt_tokens: 7, completion_tokens: 2, ...usage } })];
    const tokens = { ...noTokens, input: 7, output: 2 };
    const ended = async (usage: object, provider: ProviderName = "custom") => {
      const { asked, told, begin } = aMeter({ unknownPrice: "uncounted" });
      const counted = (await begin("unknown", provider)).counted(
        streamOf(answer(usage)).getReader(),
        "application/json",
      );
      await new Response(rejoined([], counted)).text();
      expect(asked).toMatchObject([{ model: `${provider}/unknown`, worst: 0 }]);
      return told.at(-1);
    };
    expect(await ended({})).toEqual({ nanos: 0, tokens, estimated: false });
    expect(await ended({ cost: 0.25 }, "openrouter")).toEqual({ nanos: 250_000_000, tokens, estimated: false });
  });
});
