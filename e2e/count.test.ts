import { describe, expect, it } from "vitest";
import {
  failedFiles,
  fromPytest,
  fromTorture,
  fromVitest,
  passedAtSecondTry,
  passedInSecondRun,
  withSecondRun,
} from "./count.ts";

/** A file of vitest's JSON report: its tests by name. */
const file = (name: string, tests: Readonly<Record<string, "passed" | "failed" | "skipped">>, status?: "failed") => ({
  name,
  status: status ?? (Object.values(tests).includes("failed") ? "failed" : "passed"),
  assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
});
const report = (...testResults: ReturnType<typeof file>[]) => JSON.stringify({ testResults });

describe("counting tests", () => {
  it("reads vitest's and pytest's reports", () => {
    const tests = { a: "passed", b: "passed", c: "failed", d: "skipped" } as const;
    expect(fromVitest(report(file("x", tests), file("y", { a: "passed" })), 1)).toEqual({ passed: 3, failed: 1 });
    const junit = '<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="2" tests="10" time="1">';
    expect(fromPytest(junit, 1)).toEqual({ passed: 6, failed: 2 });
  });

  it("counts the faults of a torture that struck, and the repositories that were read at the end", () => {
    const outcomes = ["recovered without a hand", "missed", "broken: a fresh start"].map((outcome) => ({ outcome }));
    const state = JSON.stringify({ results: outcomes, verified: [{ wrong: [] }, { wrong: ["a pack is gone"] }] });
    expect(fromTorture(state, 1)).toEqual({ passed: 2, failed: 2 });
    expect(fromTorture("", 0).failed).toBe(1);
    expect(fromTorture('{"results":[],"verified":[]}', 0).failed).toBe(1);
  });

  it("never shows a runner that broke, or ran nothing, as green", () => {
    expect(fromVitest("", 0).failed).toBe(1);
    expect(fromVitest(report(file("x", { a: "passed" })), 1).failed).toBe(1);
    expect(fromVitest(report(), 0).failed).toBe(1);
    expect(fromPytest("", 2).failed).toBe(1);
  });

  it("runs a file that failed from its set-up on, counts what that says, and names what passed only then", () => {
    const fine = file("fine", { one: "passed" });
    const first = report(
      fine,
      file("hasty", { late: "failed", early: "passed" }),
      file("down", { x: "skipped" }, "failed"),
    );
    expect(failedFiles(first)).toEqual(["hasty", "down"]);
    const second = report(file("hasty", { late: "passed", early: "passed" }), file("down", { x: "passed" }));
    expect(passedInSecondRun(first, second)).toEqual(["late", "down"]);
    expect(fromVitest(withSecondRun(first, second), 0)).toEqual({ passed: 4, failed: 0 });
  });

  it("forgives nothing that fails twice, fails only then, or whose second run broke", () => {
    const first = report(file("fine", { one: "passed" }), file("hasty", { late: "failed", early: "passed" }));
    const worse = report(file("hasty", { late: "failed", early: "failed" }));
    expect(passedInSecondRun(first, worse)).toEqual([]);
    expect(fromVitest(withSecondRun(first, worse), 1)).toEqual({ passed: 1, failed: 2 });
    expect(passedInSecondRun(first, "")).toEqual([]);
    expect(fromVitest(withSecondRun(first, ""), 1)).toEqual({ passed: 2, failed: 1 });
    expect(failedFiles("")).toEqual([]);
  });

  it("names what passed in pytest's second run, and nothing where that broke", () => {
    const failing = (...names: string[]) =>
      names.map((name) => `<testcase classname="a.test_b" name="${name}" time="1.2"><failure message="no">…`).join("");
    const first = `<testcase classname="a.test_b" name="fine" time="0.1" />${failing("late", "never")}`;
    expect(passedAtSecondTry(first, failing("never"))).toEqual(["a.test_b late"]);
    expect(passedAtSecondTry(first, "")).toEqual([]);
  });
});
