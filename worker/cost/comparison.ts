/** What others say that a Hermes on Cloudflare costs a month, beside what the estimate says of the same use. */
import { billOf } from "./bill.ts";
import { type Pattern, type Shape, usageOf } from "./estimate.ts";
import { planDollars } from "./prices.ts";
import { standardShape } from "./shape.ts";

/** One figure of somebody else's, and the use of ours that is nearest to it. */
export interface Compared {
  /** Project, and its words for the use. */
  readonly said: string;
  /** Dollars, as they are said. */
  readonly theirs: string;
  readonly of: readonly [Shape, Pattern];
}

const usual = (sleepAfterSeconds: number | null): Shape => ({ ...standardShape, sleepAfterSeconds });

/** Its table counts neither the plan's fee nor what the plan includes. */
const hermesworkers: Compared = {
  said: "hermesworkers: active about 30 minutes a day",
  theirs: "$1.50",
  of: [usual(0), { hoursPerDay: 0.5 }],
};

/** From the READMEs of carimura/hermes-flare (May 2026) and PlaydaDev/hermesworkers; both run one `standard-1`. */
export const compared: readonly Compared[] = [
  { said: "hermes-flare: always on", theirs: "$34", of: [usual(null), { hoursPerDay: 2 }] },
  {
    said: "hermes-flare: active about 4 hours a day",
    theirs: "$10-12",
    of: [usual(1_800), { hoursPerDay: 2, stretches: 4 }],
  },
  {
    said: "hermes-flare: mostly idle, bursts (here six of five minutes, `sleepAfter` 10m)",
    theirs: "$5-7",
    of: [usual(600), { hoursPerDay: 0.5, stretches: 6 }],
  },
  hermesworkers,
];

/** Dollars of what hermesworkers says, counted as it does. */
export function asHermesworkersCounts(): number {
  return billOf(usageOf(...hermesworkers.of), "used up").total - planDollars;
}
