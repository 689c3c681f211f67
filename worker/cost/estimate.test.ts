import { describe, expect, it } from "vitest";
import { billOf } from "./bill.ts";
import { awakeHours, type Pattern, type Shape, usageOf } from "./estimate.ts";
import { instanceTypes } from "./sizes.ts";

const shape: Shape = {
  sizes: { hermes: instanceTypes["standard-1"], exec: instanceTypes.lite, care: instanceTypes["standard-1"] },
  ...{ sleepAfterSeconds: null, snapshotMinutes: 5, drillDays: 7, execIdleMinutes: 10 },
};
/** Awake for these hours and no more. */
const asleepOtherwise = (hoursPerDay: number): [Shape, Pattern] => [
  { ...shape, sleepAfterSeconds: 0 },
  { hoursPerDay },
];
const total = (of: [Shape, Pattern]) => billOf(usageOf(...of)).total;

describe("an estimate", () => {
  it("counts what sleepAfter adds to each stretch of use", () => {
    expect(awakeHours({ sleepAfterSeconds: 4 * 3_600 }, { hoursPerDay: 4 })).toBe(8);
    expect(awakeHours({ sleepAfterSeconds: 1_800 }, { hoursPerDay: 2, stretches: 4 })).toBe(4);
    expect(awakeHours({ sleepAfterSeconds: 4 * 3_600 }, { hoursPerDay: 20, stretches: 6 })).toBe(24);
    expect(awakeHours({ sleepAfterSeconds: 4 * 3_600 }, { hoursPerDay: 0 })).toBe(0);
    expect(awakeHours({ sleepAfterSeconds: null }, { hoursPerDay: 0 })).toBe(24);
  });

  /** Worked out from the published prices by hand, fee included, for 30 days. */
  it.each([
    // 720 h: memory (2880-25) GiB-h x 0.009 = 25.695; disk (5760-200) GB-h x 0.000252 = 1.401; CPU under 6.25 h free of (720 x 0.01 + 2h x 0.09 x 30 = 12.6 h): 6.35 h x 0.072 = 0.457
    // objects: 2 x 720 h x 0.125 GB = 648,000 GB-s, 248,000 beyond: 3.10; Exec 1 h/d: 20 h x 0.25 GiB x 0.009 = 0.045; care 1.5 h x 4 GiB x 0.009 = 0.054; fee 5
    { pattern: "always on, used two hours a day", of: [shape, { hoursPerDay: 2 }], byHand: 35.8 },
    // 120 h: memory (480-25+6) x 0.009 = 4.15; disk (960-200) x 0.000252 = 0.19; CPU 120 x 0.1 + 3 = 15 h - 6.25 = 8.9 x 0.072 = 0.63; fee 5
    { pattern: "four hours a day", of: asleepOtherwise(4), byHand: 10.05 },
    // 15 h: memory (60+6+1-25) x 0.009 = 0.38; the rest is included; fee 5
    { pattern: "half an hour a day", of: asleepOtherwise(0.5), byHand: 5.4 },
  ] as { pattern: string; of: [Shape, Pattern]; byHand: number }[])(
    "$pattern: $byHand dollars, within 5%",
    ({ of, byHand }) => {
      expect(Math.abs(total(of) / byHand - 1)).toBeLessThan(0.05);
    },
  );

  it("grows with every hour, and is never below the plan's fee", () => {
    const totals = [0, 0.5, 1, 4, 8, 24].map((hours) => total(asleepOtherwise(hours)));
    expect(totals).toEqual(totals.toSorted((a, b) => a - b));
    expect(totals[0]).toBeGreaterThanOrEqual(5);
    expect(totals[0]).toBeLessThan(5.1);
  });

  it("costs a second bot of an account more, which finds the included amounts used up", () => {
    const usage = usageOf(...asleepOtherwise(4));
    expect(billOf(usage, "used up").total - billOf(usage).total).toBeGreaterThan(0.6);
  });
});
