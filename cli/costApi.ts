/** Answers of `/api/cost`, as far as they are read. */
import * as z from "zod";

/** Amounts of money are nano-dollars. */
const sum = {
  requests: z.number(),
  nanos: z.number(),
  estimated: z.number(),
  input: z.number(),
  cacheRead: z.number(),
  cacheWrite: z.number(),
  output: z.number(),
};
const named = z.array(z.looseObject({ name: z.string(), ...sum }));

/** `GET /api/cost`, and what `POST /api/cap` answers. */
export const costSchema = z.looseObject({
  month: z.string(),
  paused: z.boolean(),
  standing: z.array(z.looseObject({ scope: z.string(), spent: z.number(), cap: z.number().nullable() })),
  sessionCap: z.number().nullable(),
  reserved: z.number(),
  total: z.looseObject(sum),
  byDay: named,
  byModel: named,
  bySession: named,
  unpriced: z.array(z.string()),
  prices: z.looseObject({ asOf: z.string() }),
});
export type Cost = z.infer<typeof costSchema>;

/** `GET /api/cost/estimate`. */
export const estimateSchema = z.looseObject({
  hoursPerDay: z.number(),
  stretches: z.number(),
  awakeHoursPerDay: z.number(),
  sleepAfterSeconds: z.number().nullable(),
  pricesAsOf: z.string(),
  bill: z.looseObject({
    plan: z.number(),
    total: z.number(),
    lines: z.array(
      z.looseObject({
        said: z.string(),
        unit: z.string(),
        amount: z.number(),
        included: z.number(),
        dollars: z.number(),
      }),
    ),
  }),
});
export type Estimate = z.infer<typeof estimateSchema>;
