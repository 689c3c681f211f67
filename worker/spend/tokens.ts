/** What a provider says of the tokens of a request, in the forms of OpenAI (chat completions, responses), OpenRouter and Anthropic. */
import * as z from "zod";
import { type ModelPrice, nanosPerDollar } from "./modelPrice.ts";
import { type Speed, servedSpeed } from "./speed.ts";

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
  /** Said before the model has: of the answer it holds nothing yet (Anthropic's first event counts a token or so). */
  readonly isBeginning: boolean;
  /** Undefined where it is not told. */
  readonly speed: Speed | undefined;
}

const count = z.number().int().min(0).max(1e9);
const details = z.looseObject({ cached_tokens: count.nullish() }).nullish();
const dollars = z.number().min(0).max(1e6).nullish().catch(undefined);
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
  cost: dollars,
  /** With a key of one's own at OpenRouter, `cost` is its fee; what the provider behind it charges is told beside. */
  is_byok: z.boolean().nullish().catch(undefined),
  cost_details: z.looseObject({ upstream_inference_cost: dollars }).nullish().catch(undefined),
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
  const tokens = { ...promptTokens(parsed, prompt ?? 0), output: output ?? 0 };
  const isBeginning = found?.usage == null && found?.message?.usage != null;
  return { tokens, charged: chargedIn(parsed), isBeginning, speed: servedSpeed(answer, usage) };
}

function chargedIn({ cost, is_byok, cost_details }: z.infer<typeof usageSchema>): number | undefined {
  const beside = is_byok === true ? cost_details?.upstream_inference_cost : 0;
  return cost == null || beside == null ? undefined : Math.ceil((cost + beside) * nanosPerDollar);
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
  // The prompt is taken whole from one of the two: the same tokens may stand in other places there.
  const prompt = promptOf(b.tokens) >= promptOf(a.tokens) ? b.tokens : a.tokens;
  return {
    tokens: { ...prompt, output: Math.max(a.tokens.output, b.tokens.output) },
    charged: b.charged ?? a.charged,
    isBeginning: a.isBeginning && b.isBeginning,
    speed: b.speed ?? a.speed,
  };
}

/** Tokens of the prompt, from a cache or not. */
export function promptOf({ input, cacheRead, cacheWrite, cacheWriteHour }: Tokens): number {
  return input + cacheRead + cacheWrite + cacheWriteHour;
}

/** Nano-dollars, rounded up. */
export function costOf(tokens: Tokens, price: ModelPrice): number {
  const { long } = price;
  const applies = long !== undefined && promptOf(tokens) > long.above ? long : price;
  const { input, output, cacheRead = input, cacheWrite = input } = applies;
  const hour = applies.cacheWriteHour ?? cacheWrite;
  const kept = tokens.cacheRead * cacheRead + tokens.cacheWrite * cacheWrite + tokens.cacheWriteHour * hour;
  return Math.ceil(tokens.input * input + kept + tokens.output * output);
}
