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

const bill = z.looseObject({
  plan: z.number(),
  total: z.number(),
  lines: z.array(
    z.looseObject({
      what: z.string(),
      said: z.string(),
      unit: z.string(),
      amount: z.number(),
      included: z.number(),
      dollars: z.number(),
    }),
  ),
});
export type Bill = z.infer<typeof bill>;

/** What `POST /api/cap` answers. */
export const standingSchema = z.looseObject({
  month: z.string(),
  /** Missing in the answers of older bots. */
  today: z.string().optional(),
  paused: z.boolean(),
  standing: z.array(
    z.looseObject({
      scope: z.string(),
      spent: z.number(),
      cap: z.number().nullable(),
      /** Missing in the answers of older bots. */
      declared: z.number().nullish(),
    }),
  ),
  sessionCap: z.number().nullable(),
  reserved: z.number(),
  total: z.looseObject(sum),
  byDay: named,
  byModel: named,
  bySession: named,
  /** Models that were asked for and have no price. */
  unpriced: z.array(z.string()),
  /** What becomes of them, `refuse` or `uncounted`. Missing in the answers of older bots. */
  unknownPrice: z.string().nullish(),
  /** Missing in the answers of older bots. */
  unproxied: z.string().nullish(),
  prices: z.looseObject({ asOf: z.string() }),
});
export type Standing = z.infer<typeof standingSchema>;

/** `GET /api/cost`. */
export const costSchema = standingSchema.extend({
  projected: z.number().nullable(),
  /** Dollars. */
  estimated: z.number(),
  cloudflare: z.looseObject({
    since: z.string().nullable(),
    soFar: bill,
    projected: bill.nullable(),
    derived: z.array(z.string()),
    containers: z.array(
      z.looseObject({
        of: z.string(),
        seconds: z.number(),
        vcpuSeconds: z.number(),
        memoryGibSeconds: z.number(),
        memoryBytes: z.number().nullable(),
        diskBytes: z.number().nullable(),
      }),
    ),
    r2: z.looseObject({ bytesIn: z.number(), bytesOut: z.number(), storedBytes: z.number().nullable() }),
    hints: z.array(z.looseObject({ key: z.string(), value: z.string(), saves: z.number(), why: z.string() })),
  }),
});
export type Cost = z.infer<typeof costSchema>;

const size = z.union([z.string(), z.object({ vcpu: z.number(), memoryGib: z.number(), diskGb: z.number() })]);

/** `GET /api/cost/estimate`. */
export const estimateSchema = z.looseObject({
  hoursPerDay: z.number(),
  stretches: z.number(),
  awakeHoursPerDay: z.number(),
  sleepAfterSeconds: z.number().nullable(),
  pricesAsOf: z.string(),
  /** A Worker of before there were what-ifs of size tells none, and goes by what is declared. */
  sizes: z.object({ hermes: size, exec: size, care: size }).optional(),
  bill,
});
export type Estimate = z.infer<typeof estimateSchema>;
