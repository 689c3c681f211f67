/**
 * Bills worked out by hand beside the estimate. The rates stand here again, as the price pages have them and not as `prices.ts` does:
 * developers.cloudflare.com/containers/pricing, /durable-objects/platform/pricing and /workers/platform/pricing, 2026-11-22.
 */
import { describe, expect, it } from "vitest";
import { billOf } from "./bill.ts";
import { asHermesworkersCounts, compared } from "./comparison.ts";
import { usageOf } from "./estimate.ts";

/** Dollars an hour of one GiB, one GB, one vCPU; dollars a GB-second of Durable Objects; the Workers Paid plan. */
const rate = { gib: 0.0000025 * 3_600, gb: 0.00000007 * 3_600, vcpu: 0.00002 * 3_600, object: 12.5 / 1e6, plan: 5 };
/** What the plan includes of them: 25 GiB-hours, 200 GB-hours, 375 vCPU-minutes, 400,000 GB-seconds. */
const included = { gib: 25, gb: 200, vcpu: 375 / 60, object: 400_000 };

/** Amounts of 30 days, before what is included. Hermes runs on 4 GiB and 8 GB, Exec on 1 GiB and 4 GB, Care on Hermes' size, 3 minutes a day. */
interface HandMade {
  readonly gib: number;
  readonly gb: number;
  readonly vcpu: number;
  readonly object: number;
  /** To the cent, as the sum of the lines is on paper. */
  readonly dollars: number;
}

const bills: readonly HandMade[] = [
  {
    // Always on, used 2 hours a day, commands in half an hour of it and ten minutes of Exec after them.
    gib: 720 * 4 + 20 * 1 + 1.5 * 4, // 2,906 - 25 = 2,881 GiB-h x 0.009 = 25.929
    gb: 720 * 8 + 20 * 4 + 1.5 * 8, // 5,852 - 200 = 5,652 GB-h x 0.000252 = 1.424
    vcpu: 60 * 0.1 + 660 * 0.01 + 15 * 0.1 + 1.5 * 0.1, // 14.25 - 6.25 = 8 vCPU-h x 0.072 = 0.576
    object: (720 + 20) * 2 * 3_600 * 0.125, // two objects with each container: 666,000 - 400,000 = 266,000 GB-s = 3.325
    dollars: 36.25,
  },
  {
    // Awake 4 hours a day: 2 of use in four stretches, half an hour after each; Exec ten minutes after each.
    gib: 120 * 4 + 35 * 1 + 1.5 * 4, // 521 - 25 = 496 x 0.009 = 4.464
    gb: 120 * 8 + 35 * 4 + 1.5 * 8, // 1,112 - 200 = 912 x 0.000252 = 0.230
    vcpu: 60 * 0.1 + 60 * 0.01 + 15 * 0.1 + 1.5 * 0.1, // 8.25 - 6.25 = 2 x 0.072 = 0.144
    object: (120 + 35) * 2 * 3_600 * 0.125, // 139,500: included
    dollars: 9.84,
  },
  {
    // Six bursts of five minutes a day, ten minutes awake after each: 1.5 hours.
    gib: 45 * 4 + 33.75 * 1 + 1.5 * 4, // 219.75 - 25 = 194.75 x 0.009 = 1.753
    gb: 45 * 8 + 33.75 * 4 + 1.5 * 8, // 507 - 200 = 307 x 0.000252 = 0.077
    vcpu: 15 * 0.1 + 30 * 0.01 + 3.75 * 0.1 + 1.5 * 0.1, // 2.3: included
    object: (45 + 33.75) * 2 * 3_600 * 0.125, // 70,875: included
    dollars: 6.83,
  },
  {
    // Awake half an hour a day and not a minute more.
    gib: 15 * 4 + 8.75 * 1 + 1.5 * 4, // 74.75 - 25 = 49.75 x 0.009 = 0.448
    gb: 15 * 8 + 8.75 * 4 + 1.5 * 8, // 167: included
    vcpu: 15 * 0.1 + 3.75 * 0.1 + 1.5 * 0.1, // 2.025: included
    object: (15 + 8.75) * 2 * 3_600 * 0.125, // 21,375: included
    dollars: 5.45,
  },
];

/** The lines of such a bill. Requests, rows, R2 and logs of one person stay within what is included. */
function linesOf(bill: HandMade): readonly number[] {
  const names = ["gib", "gb", "vcpu", "object"] as const;
  return names.map((what) => Math.max(0, bill[what] - included[what]) * rate[what]);
}

describe("what others say that it costs, beside the estimate", () => {
  it.each(compared.map((row, at) => ({ ...row, bill: bills[at] })))(
    "$said: within 5% of the bill worked out by hand",
    ({ of, bill }) => {
      if (bill === undefined) throw new Error("a row without a bill worked out by hand");
      const byHand = linesOf(bill).reduce((sum, line) => sum + line, rate.plan);
      expect(byHand).toBeCloseTo(bill.dollars, 2);
      expect(Math.abs(billOf(usageOf(...of)).total / byHand - 1)).toBeLessThan(0.05);
    },
  );

  it("comes near hermesworkers' $1.50 without the plan's fee and what the plan includes", () => {
    const [, , , half] = bills;
    if (half === undefined) throw new Error("a bill is missing");
    const byHand = half.gib * rate.gib + half.gb * rate.gb + half.vcpu * rate.vcpu + half.object * rate.object; // 1.13
    const small = 0.1; // requests, rows, R2 and logs, which are not included then
    expect(byHand).toBeCloseTo(1.13, 2);
    expect(asHermesworkersCounts()).toBeGreaterThan(byHand);
    expect(asHermesworkersCounts()).toBeLessThan(byHand + small);
  });
});
