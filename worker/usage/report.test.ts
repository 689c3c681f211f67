import { describe, expect, it } from "vitest";
import type { Shape } from "../cost/estimate.ts";
import { instanceTypes } from "../cost/sizes.ts";
import type { UsedMonth } from "./book.ts";
import { usageReport } from "./report.ts";

const hour = 3_600;
const gib = 2 ** 30;
const shape: Shape = {
  sizes: { hermes: instanceTypes["standard-1"], exec: instanceTypes.basic, care: instanceTypes["standard-1"] },
  ...{ sleepAfterSeconds: 4 * hour, snapshotMinutes: 5, drillDays: 7, execIdleMinutes: 10 },
};
/** Half of November. */
const now = Date.parse("2026-11-16T00:00:00Z");
const hermes = (seconds: number, memoryBytes: number) => ({
  of: "hermes" as const,
  amounts: {
    ...{ containerSeconds: seconds, memoryGibSeconds: seconds * 4, diskGbSeconds: seconds * 8 },
    vcpuSeconds: seconds * 0.02,
  },
  levels: { memoryBytes, diskBytes: 2e9 },
});
const worker = {
  of: "worker" as const,
  amounts: { workerRequests: 50_000, objectRequests: 120_000, r2ClassA: 3_000, r2ClassB: 900, r2BytesIn: 7e9 },
  levels: { storedBytes: 40e9 },
};
const month = (of: Partial<UsedMonth>): UsedMonth => ({
  ...{ parties: [hermes(360 * hour, 0.4 * gib), worker], firstDay: "2026-09-01", gaps: [] },
  ...of,
});
const report = (used: UsedMonth, changed: Partial<Shape> = {}, maySleep = true) =>
  usageReport(used, "2026-11", { shape: { ...shape, ...changed }, maySleep, now });

describe("what a month has cost", () => {
  it("bills what was counted, and the whole month as it would go on", () => {
    const { soFar, projected, containers, r2, since } = report(month({}));
    const line = (what: string) => soFar.lines.find((one) => one.what === what);
    // 360 h x 4 GiB = 1,440 GiB-h, 25 included, at 0.009; the whole month: 2,880.
    expect(line("memoryGibSeconds")).toMatchObject({ amount: 1_440, included: 25 });
    expect(line("memoryGibSeconds")?.dollars).toBeCloseTo(12.735, 3);
    expect(projected?.lines.find(({ what }) => what === "memoryGibSeconds")?.dollars).toBeCloseTo(25.695, 3);
    // 40 GB for half of the month: 20 GB-months, 10 included, at 0.015.
    expect(line("r2StoredGb")?.dollars).toBeCloseTo(0.15, 3);
    expect(projected?.lines.find(({ what }) => what === "r2StoredGb")?.dollars).toBeCloseTo(0.45, 3);
    expect(soFar.total).toBeCloseTo(
      soFar.lines.reduce((sum, { dollars }) => sum + dollars, 5),
      6,
    );
    expect(containers).toMatchObject([{ of: "hermes", seconds: 360 * hour, memoryBytes: 0.4 * gib }]);
    expect(r2).toEqual({ bytesIn: 7e9, bytesOut: 0, storedBytes: 40e9 });
    expect(since).toBe("2026-11-01");
  });

  it("of a bot that has counted nothing is the plan's fee", () => {
    const { soFar, projected, since, hints } = report({ parties: [], firstDay: null, gaps: [] });
    expect([soFar.total, projected, since, hints]).toEqual([5, null, null, []]);
  });

  it("of a month before the first count says that nothing was counted", () => {
    const shapes = { shape, maySleep: true, now };
    expect(usageReport(month({ parties: [] }), "2026-07", shapes)).toMatchObject({ since: null, projected: null });
    expect(usageReport(month({ parties: [] }), "2027-01", shapes)).toMatchObject({ since: null, projected: null });
  });

  it("names a smaller size where what was used fits into it with room to spare, and what it would save", () => {
    const { hints } = report(month({}));
    expect(hints).toMatchObject([{ key: "sizes.hermes", value: "basic" }]);
    // 720 h x (3 GiB x 0.009 + 4 GB x 0.000252)
    expect(hints[0]?.saves).toBeCloseTo(720 * (3 * 0.009 + 4 * 0.000252), 1);
    expect(hints[0]?.why).toContain("used at most 0.40 of 4 GiB memory in 15 days");
    expect(hints[0]?.why).toContain("0.25 instead of 0.5 vCPU");
  });

  it("keeps a size where the smaller one would be tight, in memory or on disk, or too little was seen", () => {
    const hermesAt = (gibs: number, hours = 360) => month({ parties: [hermes(hours * hour, gibs * gib), worker] });
    expect(report(hermesAt(0.7)).hints).toEqual([]);
    expect(report(hermesAt(0.4, 5)).hints).toEqual([]);
    const disk = hermes(360 * hour, 0.4 * gib);
    const full = month({ parties: [{ ...disk, levels: { ...disk.levels, diskBytes: 3.5e9 } }, worker] });
    expect(report(full).hints).toEqual([]);
  });

  it("judges no size that was changed in the month: what was seen is of another one, too", () => {
    const sizes = { ...shape.sizes, hermes: instanceTypes["standard-2"] };
    expect(report(month({}), { sizes }).hints).toEqual([]);
  });

  it("names no smaller size for commands: what one takes between two looks is not seen", () => {
    const exec = { ...hermes(360 * hour, 0.1 * gib), of: "exec" as const };
    const sizes = { ...shape.sizes, exec: instanceTypes["standard-1"] };
    expect(report(month({ parties: [exec, worker] }), { sizes }).hints).toEqual([]);
  });

  it("names a larger size where memory is nearly full, and that it costs more", () => {
    const { hints } = report(month({ parties: [hermes(360 * hour, 3.8 * gib), worker] }));
    expect(hints).toMatchObject([{ key: "sizes.hermes", value: "standard-2" }]);
    expect(hints[0]?.saves).toBeLessThan(-10);
    expect(hints[0]?.why).toContain("nearly full");
  });

  it("names a shorter sleepAfter by the gaps between uses, if few starts are waited for", () => {
    // Each day two gaps of ten hours: with 4 h it is awake for 8 h of them, with 10 minutes for 20 minutes.
    const gaps = Array.from({ length: 30 }, () => 10 * hour);
    const { hints } = report(month({ gaps, firstDay: "2026-11-01" }));
    const hint = hints.find(({ key }) => key === "sleepAfter");
    expect(hint).toMatchObject({ value: "10m" });
    // 15 days x 2 x (4 h - 10 min) more, twice for the month, at 4 GiB, 8 GB, 1% of a vCPU and two objects of 128 MB.
    const hours = 2 * 30 * (4 - 1 / 6);
    const anHour = 4 * 0.009 + 8 * 0.000252 + 0.01 * 0.072 + 2 * 0.125 * 0.045;
    expect(hint?.saves).toBeCloseTo(hours * anHour, 1);
    expect(hint?.why).toContain("0 more starts");
  });

  it("leaves sleepAfter where the bot would start from cold all day, or may not sleep", () => {
    // Twenty gaps of half an hour a day.
    const gaps = Array.from({ length: 300 }, () => 0.6 * hour);
    const dense = report(month({ gaps, firstDay: "2026-11-01" })).hints.find(({ key }) => key === "sleepAfter");
    expect(dense).toBeUndefined();
    const long = Array.from({ length: 30 }, () => 10 * hour);
    const chat = report(month({ gaps: long, firstDay: "2026-11-01" }), { sleepAfterSeconds: null }, false);
    expect(chat.hints.some(({ key }) => key === "sleepAfter")).toBe(false);
  });
});
