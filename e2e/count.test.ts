import { describe, expect, it } from "vitest";
import { fromPytest, fromTorture, fromVitest, passedAtSecondTry, triedAgain } from "./count.ts";

describe("counting tests", () => {
  it("reads vitest's and pytest's reports", () => {
    expect(fromVitest('{"numPassedTests":3,"numFailedTests":1}', 1)).toEqual({ passed: 3, failed: 1 });
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
    expect(fromVitest('{"numPassedTests":3,"numFailedTests":0}', 1).failed).toBe(1);
    expect(fromVitest('{"numPassedTests":0,"numFailedTests":0}', 0).failed).toBe(1);
    expect(fromPytest("", 2).failed).toBe(1);
  });

  it("names what passed only when it was tried again", () => {
    const tests = [
      { status: "passed", fullName: "at once", failureMessages: [] },
      { status: "passed", fullName: "a hang is noticed", failureMessages: ["expected 7 not to be 7"] },
      { status: "failed", fullName: "never", failureMessages: ["no", "no"] },
    ];
    const report = { numPassedTests: 2, numFailedTests: 1, testResults: [{ assertionResults: tests }] };
    expect(triedAgain(JSON.stringify(report))).toEqual(["a hang is noticed"]);
  });

  it("names what passed in pytest's second run, and nothing where that broke", () => {
    const failing = (...names: string[]) =>
      names.map((name) => `<testcase classname="a.test_b" name="${name}" time="1.2"><failure message="no">…`).join("");
    const first = `<testcase classname="a.test_b" name="fine" time="0.1" />${failing("late", "never")}`;
    expect(passedAtSecondTry(first, failing("never"))).toEqual(["a.test_b late"]);
    expect(passedAtSecondTry(first, "")).toEqual([]);
  });
});
