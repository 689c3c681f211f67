import { describe, expect, it } from "vitest";
import { type ModelPrice, nanosPerDollar } from "./modelPrice.ts";
import { priceOf, priceTable } from "./modelPrices.ts";
import { pricesFrom } from "./refreshModelPrices.ts";
import { askedSpeed, priceAt, type Speed } from "./speed.ts";
import { costOf, joined, noTokens, reportedIn } from "./tokens.ts";
import { boundsOf, worstCase } from "./worstCase.ts";

const path = "/v1/chat/completions";
const price = { input: 3_000, output: 15_000, cacheRead: 300, cacheWrite: 3_750, cacheWriteHour: 6_000 };

describe("the kept prices", () => {
  it("know a model by the provider's own name, by OpenRouter's, and with its day", () => {
    const sonnet = priceOf("anthropic/claude-sonnet-4-6", {});
    expect(sonnet).toMatchObject({ input: 3_000, output: 15_000 });
    expect(priceOf("openrouter/anthropic/claude-sonnet-4.6", {})).toEqual(sonnet);
    expect(priceOf("openrouter/anthropic/claude-sonnet-4.6:beta", {})).toEqual(sonnet);
    expect(priceOf("anthropic/claude-sonnet-4-6-20300101", {})).toEqual(sonnet);
    expect(priceTable.asOf).toMatch(/^20\d\d-\d\d-\d\d$/);
  });

  it("know no model that speaks: the tokens of its words and of its voice are told in one number", () => {
    expect(priceOf("openai/gpt-audio", {})).toBeUndefined();
  });

  it("give way to the stack's own, and know nothing of an endpoint of its own", () => {
    const own = { "anthropic/claude-sonnet-4-6": { input: 1, output: 2 }, "custom/mine": { input: 3, output: 4 } };
    expect(priceOf("anthropic/claude-sonnet-4-6", own)).toEqual({ input: 1, output: 2 });
    expect(priceOf("custom/mine", own)).toEqual({ input: 3, output: 4 });
    expect(priceOf("custom/claude-sonnet-4-6", own)).toBeUndefined();
    expect(priceOf("openai/no-such-model", own)).toBeUndefined();
  });

  it("are taken from the public table: text of chat models that do not speak, tiers included", () => {
    const table = {
      "xai/grok-x": {
        ...{ litellm_provider: "xai", mode: "chat", max_output_tokens: 1000 },
        ...{ input_cost_per_token: 2e-6, output_cost_per_token: 1.25e-5, cache_read_input_token_cost: 2e-7 },
        ...{ input_cost_per_token_above_200k_tokens: 4e-6, output_cost_per_token_above_200k_tokens: 2.5e-5 },
      },
      "gpt-audio": {
        ...{ litellm_provider: "openai", mode: "chat", input_cost_per_token: 2.5e-6, output_cost_per_token: 1e-5 },
        output_cost_per_audio_token: 6.4e-5,
      },
      "text-embedding": { litellm_provider: "openai", mode: "embedding", input_cost_per_token: 1e-8 },
      "azure/gpt": { litellm_provider: "azure", mode: "chat", input_cost_per_token: 1e-6, output_cost_per_token: 1e-6 },
    };
    const long = { above: 200_000, input: 4_000, output: 25_000 };
    expect(pricesFrom(table)).toEqual({
      "x-ai/grok-x": { input: 2_000, output: 12_500, cacheRead: 200, maxOutput: 1000, long },
    });
  });
});

describe("what a provider reports", () => {
  it.each([
    [
      "chat completions",
      { usage: { prompt_tokens: 100, completion_tokens: 7, prompt_tokens_details: { cached_tokens: 60 } } },
      { input: 40, cacheRead: 60, output: 7 },
    ],
    [
      "responses",
      { response: { usage: { input_tokens: 100, output_tokens: 7, input_tokens_details: { cached_tokens: 60 } } } },
      { input: 40, cacheRead: 60, output: 7 },
    ],
    [
      "Anthropic's messages",
      {
        usage: {
          input_tokens: 40,
          cache_read_input_tokens: 60,
          cache_creation_input_tokens: 30,
          cache_creation: { ephemeral_1h_input_tokens: 10 },
          output_tokens: 7,
        },
      },
      { input: 40, cacheRead: 60, cacheWrite: 20, cacheWriteHour: 10, output: 7 },
    ],
  ])("is read in the form of %s", (_form, answer, tokens) => {
    expect(reportedIn(answer)).toMatchObject({ tokens: { ...noTokens, ...tokens }, charged: undefined });
  });

  it("is joined from the events of a stream, of which each counts on", () => {
    const first = reportedIn({ message: { usage: { input_tokens: 40, output_tokens: 1 } } });
    const last = reportedIn({ type: "message_delta", usage: { output_tokens: 90 } });
    expect([first?.isBeginning, last?.isBeginning]).toEqual([true, false]);
    expect(joined(joined(undefined, first), last)).toMatchObject({
      tokens: { ...noTokens, input: 40, output: 90 },
      isBeginning: false,
    });
  });

  it("counts no token twice that a later event finds in the cache", () => {
    const early = reportedIn({ usage: { prompt_tokens: 12, completion_tokens: 1 } });
    const last = reportedIn({
      usage: { prompt_tokens: 12, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 10 } },
    });
    expect(joined(early, last)?.tokens).toEqual({ ...noTokens, input: 2, cacheRead: 10, output: 3 });
  });

  it("holds OpenRouter's own charge", () => {
    expect(reportedIn({ usage: { prompt_tokens: 1, completion_tokens: 1, cost: 0.00125 } })?.charged).toBe(1_250_000);
  });

  it("holds what the provider behind OpenRouter charges a key of one's own, which its fee does not", () => {
    const usage = (cost_details: object, is_byok: boolean) =>
      reportedIn({ usage: { prompt_tokens: 1, completion_tokens: 1, cost: 0.05, is_byok, cost_details } })?.charged;
    expect(usage({ upstream_inference_cost: 1 }, true)).toBe(1_050_000_000);
    expect(usage({ upstream_inference_cost: 1 }, false)).toBe(50_000_000);
    expect(usage({}, true)).toBeUndefined();
  });

  it("tells the speed that was served", () => {
    const usage = { prompt_tokens: 1, completion_tokens: 1 };
    expect(reportedIn({ service_tier: "priority", usage })?.speed).toBe("fast");
    expect(reportedIn({ response: { service_tier: "default", usage } })?.speed).toBe("usual");
    expect(reportedIn({ usage: { ...usage, speed: "fast", service_tier: "standard" } })?.speed).toBe("fast");
    expect(reportedIn({ usage: { ...usage, service_tier: "priority" } })?.speed).toBeUndefined();
  });

  it("is nothing where it cannot be", () => {
    for (const usage of [
      undefined,
      null,
      {},
      { prompt_tokens: -1 },
      { prompt_tokens: 1.5, completion_tokens: 1 },
      "many",
    ])
      expect(reportedIn({ usage })).toBeUndefined();
  });
});

describe("the cost of a request", () => {
  it("counts each kind of token by its own price, rounded up", () => {
    const tokens = {
      input: 1_000_000,
      cacheRead: 1_000_000,
      cacheWrite: 1_000_000,
      cacheWriteHour: 0,
      output: 1_000_000,
    };
    expect(costOf(tokens, price) / nanosPerDollar).toBe(3 + 0.3 + 3.75 + 15);
    expect(costOf({ ...noTokens, output: 1 }, { input: 0, output: 0.4 })).toBe(1);
  });

  it("takes the price of long prompts for the whole request, and that of being served first", () => {
    const tiers = {
      ...price,
      long: { above: 200_000, input: 6_000, output: 22_500 },
      priority: { input: 5_000, output: 30_000 },
    };
    expect(costOf({ ...noTokens, input: 200_001, output: 1 }, tiers)).toBe(200_001 * 6_000 + 22_500);
    expect(costOf({ ...noTokens, input: 200_000, output: 1 }, tiers)).toBe(200_000 * 3_000 + 15_000);
    expect(costOf({ ...noTokens, input: 10, output: 1 }, priceAt(tiers, "fast"))).toBe(80_000);
    expect(costOf({ ...noTokens, input: 200_001 }, priceAt(tiers, "fast"))).toBe(200_001 * 12_000);
  });

  it("is a multiple where a speed has no price of its own", () => {
    const at = (speed: Speed) => costOf({ ...noTokens, input: 1, cacheRead: 1, output: 1 }, priceAt(price, speed));
    const usual = at("usual");
    expect([at("fast"), at("ultrafast")]).toEqual([2 * usual, 6 * usual]);
    expect([{ service_tier: "fast" }, { speed: "fast" }, { service_tier: "auto" }].map(askedSpeed)).toEqual([
      "fast",
      "fast",
      "usual",
    ]);
  });

  it("is never above the worst case, whatever a text of the request's size is made of", () => {
    for (const text of ["words ".repeat(500), "€漢字🙂".repeat(200), '{}[]"\\n'.repeat(300), ""]) {
      const body = { model: "m", max_tokens: 100, messages: [{ role: "user", content: text }] };
      const bounds = boundsOf({ path, body, text: JSON.stringify(body) }, price);
      const bytes = new TextEncoder().encode(text).byteLength;
      expect(bounds.prompt).toBeGreaterThan(bytes);
      expect(costOf({ ...noTokens, cacheWriteHour: bytes, output: 100 }, price)).toBeLessThanOrEqual(
        worstCase(bounds, price),
      );
    }
  });

  const boundsAt = (body: Record<string, unknown>, at: ModelPrice = price, asked = path) =>
    boundsOf({ path: asked, body, text: JSON.stringify(body) }, at);

  it("counts a picture by the piece, not by its bytes, and an answer by what is asked for", () => {
    const picture = `data:image/png;base64,${"A".repeat(3_000_000)}`;
    const messages = [{ role: "user", content: [{ type: "image_url", image_url: { url: picture } }] }];
    expect(boundsAt({ messages, max_completion_tokens: 50, n: 2 })).toEqual({
      prompt: expect.any(Number),
      output: 100,
    });
    expect(boundsAt({ messages }).prompt).toBeLessThan(20_000);
    expect(boundsAt({ messages }, { ...price, maxOutput: 8_000 }).output).toBe(8_000);
    const recording = { type: "input_audio", input_audio: { data: "QUJD\r\n".repeat(500_000), format: "wav" } };
    expect(boundsAt({ messages: [{ role: "user", content: [recording] }] }).prompt).toBeLessThan(20_000);
    const source = { type: "base64", media_type: "image/png", data: "A".repeat(3_000_000) };
    const ofATool = { type: "tool_result", content: [{ type: "image", source }] };
    expect(boundsAt({ messages: [{ role: "user", content: [ofATool] }] }).prompt).toBeLessThan(20_000);
  });

  it.each([
    ["text that begins as a file does", { type: "text", text: `data:${"word ".repeat(10_000)}` }],
    ["text that looks like a file", { type: "tool_result", content: "A".repeat(50_000) }],
    ["text in a picture", { type: "image", source: { type: "url", url: "x" }, note: "word ".repeat(10_000) }],
    ["a picture that is elsewhere", { type: "image_url", image_url: { url: "https://example.com/a.png" } }, 12_000],
    ["a file by its bytes", { type: "document", source: { type: "base64", data: "A".repeat(50_000) } }],
    ["a file that is elsewhere", { type: "document", source: { type: "url", url: "https://example.com/a" } }, 1e6],
    ["a file that was sent before", { type: "input_file", file_id: "file-1" }, 1e6],
  ])("counts %s for what it may hold", (_what, part, least = 50_000) => {
    expect(boundsAt({ messages: [{ role: "user", content: [part] }] }).prompt).toBeGreaterThan(least);
  });

  it.each([
    ["the larger of two limits", { messages: [], max_completion_tokens: 1, max_tokens: 900 }, path, 900],
    ["no limit of another form", { messages: [], max_output_tokens: 1 }, path, 128_000],
    ["no limit of another form", { input: "", max_tokens: 1 }, "/v1/responses", 128_000],
    ["answers that are kept back", { prompt: "a", max_tokens: 10, n: 2, best_of: 20 }, "/v1/completions", 200],
    ["each prompt of several", { prompt: ["a", "b", "c"], max_tokens: 10 }, "/v1/completions", 30],
    ["a prompt of tokens as one", { prompt: [1, 2, 3], max_tokens: 10 }, "/v1/completions", 10],
    ["no more than there can be", { messages: [], max_tokens: 1e300, n: 1e300 }, path, 1e10],
  ])("takes for an answer %s", (_what, body, asked, output) => {
    expect(boundsAt(body, price, asked).output).toBe(output);
  });

  it("takes a conversation that the provider has kept for as long as one can be", () => {
    for (const kept of [{ previous_response_id: "resp_1" }, { conversation: "conv_1" }, { prompt: { id: "pmpt_1" } }])
      expect(boundsAt({ input: "and then?", ...kept }, price, "/v1/responses").prompt).toBeGreaterThan(1e6);
  });
});
