/** What a model's tokens cost. Money is counted in nano-dollars (a billionth of a dollar), whole ones: sums of many small amounts stay exact. */
import * as z from "zod";

/** Nano-dollars in a dollar. */
export const nanosPerDollar = 1_000_000_000;

/** Such as $1.25; of what is below a cent, more digits. */
export function inDollars(nanos: number): string {
  const dollars = nanos / nanosPerDollar;
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 0.01 ? 6 : 2)}`;
}

const rates = {
  /** Of a token of the prompt that comes from no cache. */
  input: z.number().min(0),
  /** Of a token of the answer, reasoning included. */
  output: z.number().min(0),
  /** Of a token of the prompt that the provider had kept; absent: as `input`. */
  cacheRead: z.number().min(0).optional(),
  /** Of a token of the prompt that the provider keeps; absent: as `input`. */
  cacheWrite: z.number().min(0).optional(),
  /** Of a token of the prompt that the provider keeps for an hour; absent: as `cacheWrite`. */
  cacheWriteHour: z.number().min(0).optional(),
};

const ratesSchema = z.object(rates);
export type Rates = z.infer<typeof ratesSchema>;

/** Nano-dollars a token. */
export const modelPriceSchema = z.object({
  ...rates,
  /** Tokens of an answer at most, where the request names no number. */
  maxOutput: z.number().int().positive().optional(),
  /** Prices of the whole request where its prompt is longer than so many tokens. */
  long: z.object({ above: z.number().int().positive(), ...rates }).optional(),
  /** Prices where the request asks to be served first (`service_tier: priority`). */
  priority: ratesSchema.optional(),
});
export type ModelPrice = z.infer<typeof modelPriceSchema>;
