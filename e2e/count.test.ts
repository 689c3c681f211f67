import { describe, expect, it } from "vitest";
import { fromPytest, fromVitest } from "./count.ts";

describe("counting tests", () => {
  it("reads vitest's and pytest's reports", () => {
    expect(fromVitest('{"numPassedTests":3,"numFailedTests":1}', 1)).toEqual({ passed: 3, failed: 1 });
    const junit = '<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="2" tests="10" time="1">';
    expect(fromPytest(junit, 1)).toEqual({ passed: 6, failed: 2 });
  });

  it("never shows a runner that broke, or ran nothing, as green", () => {
    expect(fromVitest("", 0).failed).toBe(1);
    expect(fromVitest('{"numPassedTests":3,"numFailedTests":0}', 1).failed).toBe(1);
    expect(fromVitest('{"numPassedTests":0,"numFailedTests":0}', 0).failed).toBe(1);
    expect(fromPytest("", 2).failed).toBe(1);
  });
});
