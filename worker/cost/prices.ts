/**
 * What Cloudflare charges, as published. Sources: developers.cloudflare.com, the pages "pricing" of containers, workers, durable-objects, r2
 * and workers/observability. Dollars; the included amounts are an account's, not a bot's.
 */

/** The day on which the prices were last held against those pages. */
export const pricesAsOf = "2026-11-22";

/** Of the Workers Paid plan, which containers need, a month. */
export const planDollars = 5;

/** What is counted, with how much of it the plan includes a month and what one unit costs beyond. */
export const prices = {
  /** Provisioned, while a container runs. */
  memoryGibSeconds: {
    said: "container memory",
    unit: "GiB-hours",
    per: 3_600,
    included: 25 * 3_600,
    dollars: 0.0000025,
  },
  /** Provisioned, while a container runs. */
  diskGbSeconds: { said: "container disk", unit: "GB-hours", per: 3_600, included: 200 * 3_600, dollars: 0.00000007 },
  /** Used, not provisioned. */
  vcpuSeconds: { said: "container CPU", unit: "vCPU-hours", per: 3_600, included: 375 * 60, dollars: 0.00002 },
  /** North America and Europe; elsewhere it is dearer. */
  egressGb: { said: "container traffic out", unit: "GB", per: 1, included: 1_000, dollars: 0.025 },
  workerRequests: { said: "Worker requests", unit: "million", per: 1e6, included: 10e6, dollars: 0.3e-6 },
  workerCpuMs: { said: "Worker CPU", unit: "million ms", per: 1e6, included: 30e6, dollars: 0.02e-6 },
  objectRequests: { said: "Durable Object requests", unit: "million", per: 1e6, included: 1e6, dollars: 0.15e-6 },
  /** 128 MB an object, while it is in memory and does not hibernate. */
  objectGbSeconds: {
    said: "Durable Object time",
    unit: "thousand GB-s",
    per: 1e3,
    included: 400_000,
    dollars: 12.5e-6,
  },
  rowsRead: { said: "Durable Object rows read", unit: "million", per: 1e6, included: 25e9, dollars: 0.001e-6 },
  rowsWritten: { said: "Durable Object rows written", unit: "million", per: 1e6, included: 50e6, dollars: 1e-6 },
  objectStoredGb: { said: "Durable Object storage", unit: "GB-month", per: 1, included: 5, dollars: 0.2 },
  r2ClassA: { said: "R2 writes (class A)", unit: "thousand", per: 1e3, included: 1e6, dollars: 4.5e-6 },
  r2ClassB: { said: "R2 reads (class B)", unit: "thousand", per: 1e3, included: 10e6, dollars: 0.36e-6 },
  r2StoredGb: { said: "R2 storage", unit: "GB-month", per: 1, included: 10, dollars: 0.015 },
  logEvents: { said: "log lines", unit: "million", per: 1e6, included: 20e6, dollars: 0.6e-6 },
} as const satisfies Record<string, Price>;

interface Price {
  /** In a person's words. */
  readonly said: string;
  /** What amounts are told in, {@link per} counted ones each. */
  readonly unit: string;
  readonly per: number;
  readonly included: number;
  readonly dollars: number;
}

/** Name of something that Cloudflare counts. */
export type Counted = keyof typeof prices;

/** The names of {@link prices}. */
export const counted = Object.keys(prices) as Counted[];

/** Amounts of a month. */
export type Usage = Readonly<Record<Counted, number>>;
