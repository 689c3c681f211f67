/** What `./talaria cost` and the alarms are told of the models' money. Nano-dollars. */
import * as z from "zod";
import { unknownPrices } from "./limits.ts";

const sum = {
  requests: z.number(),
  nanos: z.number(),
  /** Of `nanos`, what no provider reported: it is counted with the most that it can be. */
  estimated: z.number(),
  input: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  output: z.number(),
};
const named = z.array(z.object({ name: z.string(), ...sum }));

export const spendStandingSchema = z.object({
  /** Of today and of this month; a cap of null is none. */
  standing: z.array(
    z.object({
      scope: z.enum(["day", "month"]),
      spent: z.number(),
      cap: z.number().nullable(),
      /** What the stack declares; `cap` is another while one of `cap raise` holds. */
      declared: z.number().nullable(),
    }),
  ),
  /** Models that were asked for and have no price: `unknownPrice` says what became of it. */
  unpriced: z.array(z.string()),
  unknownPrice: z.enum(unknownPrices),
});
export type SpendStanding = z.infer<typeof spendStandingSchema>;

export const spendReportSchema = spendStandingSchema.extend({
  /** Such as 2026-11. */
  month: z.string(),
  /** The day that `standing`, `reserved` and `paused` are of, whichever month is asked for: such as 2026-11-22. */
  today: z.string(),
  paused: z.boolean(),
  sessionCap: z.number().nullable(),
  /** The declared model where Hermes asks it by a login of its own, past the proxy: nothing here counts or caps it. */
  unproxied: z.string().nullable(),
  /** What requests under way may come to. */
  reserved: z.number(),
  total: z.object(sum),
  byDay: named,
  byModel: named,
  bySession: named,
  prices: z.object({ asOf: z.string(), source: z.string() }),
});
export type SpendReport = z.infer<typeof spendReportSchema>;
