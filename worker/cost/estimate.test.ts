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
