import { describe, expect, it } from "vitest";
import { blankSchedule, isDue, isLate, pauseAfter } from "./due.ts";
import { judge } from "./judge.ts";
import type { RunResult } from "./result.ts";

const minute = 60_000;

describe("the schedule", () => {
  const saved = { savedAt: 1_000 * minute, attemptedAt: 1_000 * minute, failures: 0 };

  it("makes a snapshot due after the interval, and at once where nothing is known", () => {
    expect(isDue(saved, 5 * minute, 1_005 * minute - 1)).toBe(false);
    expect(isDue(saved, 5 * minute, 1_005 * minute)).toBe(true);
    expect(isDue(blankSchedule, 5 * minute, 0)).toBe(true);
  });

  it("is not stopped by a clock that goes back", () => {
    expect(isDue(saved, 5 * minute, 999 * minute)).toBe(true);
  });

  it("waits 1, 2, 4, … 30 minutes after attempts that failed, whatever the interval", () => {
    expect([1, 2, 3, 5, 6, 100].map(pauseAfter)).toEqual([1, 2, 4, 16, 30, 30].map((minutes) => minutes * minute));
    const failed = { ...saved, failures: 6 };
    expect(isDue(failed, minute, 1_029 * minute)).toBe(false);
    expect(isDue(failed, minute, 1_030 * minute)).toBe(true);
  });

  it("calls a snapshot late after three intervals, and never before there was anything to save", () => {
    expect(isLate(saved, 5 * minute, 1_015 * minute)).toBe(false);
    expect(isLate(saved, 5 * minute, 1_015 * minute + 1)).toBe(true);
    expect(isLate(blankSchedule, 5 * minute, 1_015 * minute)).toBe(false);
  });
});

describe("the judge", () => {
  const whole = {
    outcome: "made",
    tree: { files: 10, bytes: 1_000, databases: 2 },
    restic: { total_files_processed: 11, total_bytes_processed: 1_200 },
    manifestBytes: 200,
    shrunk: false,
    malformed: [],
  } as unknown as RunResult;

  it("lets a snapshot be promoted that restic and the manifest agree about", () => {
    expect(judge(whole)).toEqual({ verdict: "promoted", problem: null });
  });

  it.each([
    ["a file that restic missed", { restic: { ...whole.restic, total_files_processed: 10 } }],
    ["a byte that restic missed", { restic: { ...whole.restic, total_bytes_processed: 1_199 } }],
    ["a byte too many", { restic: { ...whole.restic, total_bytes_processed: 1_201 } }],
    ["no summary of restic", { restic: null }],
    ["no totals of the manifest", { tree: null }],
    ["no size of the manifest", { manifestBytes: null }],
  ])("promotes nothing with %s", (_what, change) => {
    expect(judge({ ...whole, ...change } as RunResult, { trustShrunk: true }).verdict).toBe("unproven");
  });

  it("holds back what shrank until an operator trusts it, and a broken database in any case", () => {
    expect(judge({ ...whole, shrunk: true }).verdict).toBe("shrunk");
    expect(judge({ ...whole, shrunk: true }, { trustShrunk: true }).verdict).toBe("promoted");
    expect(judge({ ...whole, malformed: ["state.db"] }, { trustShrunk: true }).verdict).toBe("malformed");
  });
});
