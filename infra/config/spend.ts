/** The fields of the key `spend`: how much the bot may cost in model tokens. */
import { z } from "zod";
import { providers } from "../../worker/bindings.ts";
import { type SpendPolicy, unknownPrices } from "../../worker/spend/limits.ts";
import { nanosPerDollar } from "../../worker/spend/modelPrice.ts";
import { amount, choice } from "./values.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const spendMeaning = [
  "What the bot may spend on models, in dollars: `perDay`, `perMonth` (of UTC), `perSession`. At the cap no model is asked; alarms tell of 50, 75, 90 and 100%.",
  "`prices`: your own, by `provider/model`, in dollars per million tokens: `input`, `output`, `cacheRead`, `cacheWrite`. `unknownPrice`: what becomes of a model without a price, `refuse` (where there is a cap) or `uncounted`.",
].join(" ");

const dollars = amount(
  "is not an amount of dollars above 0, at most 100000",
  (number) => number > 0 && number <= 100_000,
);
const rate = amount(
  "is not a price in dollars per million tokens, from 0 to 10000",
  (number) => number >= 0 && number <= 10_000,
);
const names = Object.keys(providers);
const modelId = z
  .string()
  .refine(
    (id) => names.some((name) => id.startsWith(`${name}/`) && id.length > name.length + 1),
    `is not a model as provider/model, with a provider of ${names.join(", ")}`,
  );

export const spendFields = z
  .strictObject({
    perDay: dollars.optional(),
    perMonth: dollars.optional(),
    perSession: dollars.optional(),
    prices: z
      .record(
        modelId,
        z.strictObject({ input: rate, output: rate, cacheRead: rate.optional(), cacheWrite: rate.optional() }),
      )
      .default({}),
    unknownPrice: choice(unknownPrices).optional(),
  })
  .prefault({});
type Spend = z.output<typeof spendFields>;

/** Of a price per million tokens, nano-dollars a token. */
const nanosPerToken = (perMillion: number) => (perMillion * nanosPerDollar) / 1_000_000;

/** The policy that the Worker holds to; undefined where nothing is declared. */
export function spendPolicy({ perDay, perMonth, perSession, prices, unknownPrice }: Spend): SpendPolicy | undefined {
  const declared = Object.entries({ day: perDay, month: perMonth, session: perSession });
  const caps = Object.fromEntries(
    declared.flatMap(([scope, amount]) => (amount === undefined ? [] : [[scope, Math.round(amount * nanosPerDollar)]])),
  );
  const hasCap = Object.keys(caps).length > 0;
  if (!hasCap && Object.keys(prices).length === 0 && unknownPrice === undefined) return undefined;
  const own = Object.entries(prices).map(([model, { input, output, cacheRead, cacheWrite }]) => [
    model,
    {
      ...{ input: nanosPerToken(input), output: nanosPerToken(output) },
      ...(cacheRead !== undefined && { cacheRead: nanosPerToken(cacheRead) }),
      ...(cacheWrite !== undefined && { cacheWrite: nanosPerToken(cacheWrite) }),
    },
  ]);
  return { caps, prices: Object.fromEntries(own), unknownPrice: unknownPrice ?? (hasCap ? "refuse" : "uncounted") };
}
