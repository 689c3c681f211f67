/** What a provider says of the tokens of a request, in the forms of OpenAI (chat completions, responses), OpenRouter and Anthropic. */
import * as z from "zod";
import { type ModelPrice, nanosPerDollar } from "./modelPrice.ts";

/** Tokens of one request. Each token of the prompt counts in one place only. */
export interface Tokens {
  /** Of the prompt, from no cache. */
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Kept by the provider for an hour. */
  readonly cacheWriteHour: number;
  /** Reasoning included. */
  readonly output: number;
}

export const noTokens: Tokens = { input: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0, output: 0 };

/** What a provider reports of a request. */
export interface Reported {
  readonly tokens: Tokens;
  /** What the provider charges, where it says so (OpenRouter); nano-dollars. */
  readonly charged: number | undefined;
}

const count = z.number().int().min(0).max(1e9);
const details = z.looseObject({ cached_tokens: count.nullish() }).nullish();
const usageSchema = z.looseObject({
  prompt_tokens: count.nullish(),
  completion_tokens: count.nullish(),
  prompt_tokens_details: details,
  input_tokens: count.nullish(),
  output_tokens: count.nullish(),
  input_tokens_details: details,
  cache_read_input_tokens: count.nullish(),
  cache_creation_input_tokens: count.nullish(),
  cache_creation: z.looseObject({ ephemeral_1h_input_tokens: count.nullish() }).nullish(),
  /** Of OpenRouter, in dollars. Others use the word for something else. */
  cost: z.number().min(0).max(1e6).nullish().catch(undefined),
});

/** Of an answer, or of an event of one; undefined where it says nothing of tokens, or nothing that can be. */
export function reportedIn(answer: unknown): Reported | undefined {
  const found = z
    .looseObject({
      usage: z.unknown().optional(),
      /** Anthropic's first event. */
      message: z.looseObject({ usage: z.unknown().optional() }).nullish().catch(undefined),
      /** The last event of OpenAI's responses. */
      response: z.looseObject({ usage: z.unknown().optional() }).nullish().catch(undefined),
    })
    .safeParse(answer).data;
  const usage = found?.usage ?? found?.message?.usage ?? found?.response?.usage;
  const parsed = usageSchema.safeParse(usage).data;
  if (parsed === undefined) return undefined;
  const prompt = parsed.prompt_tokens ?? parsed.input_tokens;
  const output = parsed.completion_tokens ?? parsed.output_tokens;
  if (prompt == null && output == null) return undefined;
  const charged = parsed.cost == null ? undefined : Math.ceil(parsed.cost * nanosPerDollar);
  return { tokens: { ...promptTokens(parsed, prompt ?? 0), output: output ?? 0 }, charged };
}

/** OpenAI counts what came from its cache within the prompt, Anthropic beside it. */
function promptTokens(usage: z.infer<typeof usageSchema>, prompt: number): Omit<Tokens, "output"> {
  const cached = usage.prompt_tokens_details?.cached_tokens ?? usage.input_tokens_details?.cached_tokens;
  if (cached != null) {
    const cacheRead = Math.min(cached, prompt);
    return { input: prompt - cacheRead, cacheRead, cacheWrite: 0, cacheWriteHour: 0 };
  }
  const written = usage.cache_creation_input_tokens ?? 0;
  const cacheWriteHour = Math.min(usage.cache_creation?.ephemeral_1h_input_tokens ?? 0, written);
  return {
    input: prompt,
    cacheRead: usage.cache_read_input_tokens ?? 0,
    cacheWrite: written - cacheWriteHour,
    cacheWriteHour,
  };
}

/** Two reports of one request as one: events of a stream count on, so the larger number is the later one. */
export function joined(a: Reported | undefined, b: Reported | undefined): Reported | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const most = (field: keyof Tokens) => Math.max(a.tokens[field], b.tokens[field]);
  return {
    tokens: {
      input: most("input"),
      cacheRead: most("cacheRead"),
      cacheWrite: most("cacheWrite"),
      cacheWriteHour: most("cacheWriteHour"),
      output: most("output"),
    },
    charged: b.charged ?? a.charged,
  };
}

/** Nano-dollars, rounded up. */
export function costOf(tokens: Tokens, price: ModelPrice, isPriority = false): number {
  const prompt = tokens.input + tokens.cacheRead + tokens.cacheWrite + tokens.cacheWriteHour;
  const { long, priority } = price;
  const applies =
    long !== undefined && prompt > long.above ? long : isPriority && priority !== undefined ? priority : price;
  const { input, output, cacheRead = input, cacheWrite = input } = applies;
  const hour = applies.cacheWriteHour ?? cacheWrite;
  const kept = tokens.cacheRead * cacheRead + tokens.cacheWrite * cacheWrite + tokens.cacheWriteHour * hour;
  return Math.ceil(tokens.input * input + kept + tokens.output * output);
}
