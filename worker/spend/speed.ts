/** Models that answer sooner for more money: OpenAI's tiers, Anthropic's fast mode. */
import * as z from "zod";
import type { ModelPrice, Rates } from "./modelPrice.ts";

const times = {
  usual: 1,
  // Of OpenAI's priority processing where the table has no price of it, and of each Claude that has a fast mode.
  fast: 2,
  // developers.openai.com/api/docs/guides/ultrafast-mode
  ultrafast: 6,
} as const;
export type Speed = keyof typeof times;

const named: ReadonlyMap<unknown, Speed> = new Map([
  ["default", "usual"],
  ["standard", "usual"],
  ["flex", "usual"],
  ["priority", "fast"],
  ["fast", "fast"],
  ["ultrafast", "ultrafast"],
] as const);

/** What a request asks for. */
export function askedSpeed({ service_tier: tier, speed }: Readonly<Record<string, unknown>>): Speed {
  const asked = [named.get(tier), named.get(speed)];
  return asked.find((one) => one === "ultrafast") ?? asked.find((one) => one === "fast") ?? "usual";
}

const servedSchema = z.object({
  service_tier: z.unknown().optional(),
  response: z.object({ service_tier: z.unknown().optional() }).nullish().catch(undefined),
});

/** What was served, which is what is billed: OpenAI names the tier beside its usage, Anthropic the speed within. Undefined where neither is told. */
export function servedSpeed(answer: unknown, usage: unknown): Speed | undefined {
  const told = servedSchema.safeParse(answer).data;
  const { speed } = z.object({ speed: z.unknown().optional() }).safeParse(usage).data ?? {};
  // Anthropic's own `service_tier` stands within the usage, and is one of capacity that was bought before.
  return named.get(speed) ?? named.get(told?.service_tier ?? told?.response?.service_tier);
}

/** What a model costs at a speed. */
export function priceAt(price: ModelPrice, speed: Speed): ModelPrice {
  if (speed === "usual") return price;
  const { maxOutput, long, priority } = price;
  return {
    ...(speed === "fast" && priority !== undefined ? priority : dearer(price, times[speed])),
    ...(maxOutput !== undefined && { maxOutput }),
    ...(long && { long: { above: long.above, ...dearer(long, times[speed]) } }),
  };
}

function dearer({ input, output, cacheRead, cacheWrite, cacheWriteHour }: Rates, by: number): Rates {
  return {
    ...{ input: input * by, output: output * by },
    ...(cacheRead !== undefined && { cacheRead: cacheRead * by }),
    ...(cacheWrite !== undefined && { cacheWrite: cacheWrite * by }),
    ...(cacheWriteHour !== undefined && { cacheWriteHour: cacheWriteHour * by }),
  };
}
