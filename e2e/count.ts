/** Reads how many tests passed from the reports of the test runners. A runner that broke counts as one failure. */
import { z } from "zod";

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** A check that is one test by itself. */
export const one = (code: number): Count => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

const vitestSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z
    .array(
      z.object({
        assertionResults: z.array(
          z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()).nullish() }),
        ),
      }),
    )
    .default([]),
});

export function fromVitest(report: string, code: number): Count {
  if (report === "") return one(code === 0 ? 1 : code);
  const { numPassedTests: passed, numFailedTests: failed } = vitestSchema.parse(JSON.parse(report));
  return broken(passed, failed, code);
}

/** Names of the tests that failed and then passed: only those of a project that tries again, see vitest.config.ts. */
export function triedAgain(report: string): string[] {
  if (report === "") return [];
  const tests = vitestSchema.parse(JSON.parse(report)).testResults.flatMap((file) => file.assertionResults);
  return tests
    .filter(({ status, failureMessages }) => status === "passed" && (failureMessages ?? []).length > 0)
    .map(({ fullName }) => fullName);
}

/** From pytest's JUnit report. */
export function fromPytest(report: string, code: number): Count {
  const suite = /<testsuite [^>]*>/.exec(report)?.[0] ?? "";
  const number = (name: string) => Number(new RegExp(`${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return broken(number("tests") - failed - number("skipped"), failed, code);
}

/** Names of the tests that failed in one run of pytest and not in the next, which ran only these. */
export function passedAtSecondTry(first: string, second: string): string[] {
  const still = new Set(failedOf(second));
  return second === "" ? [] : failedOf(first).filter((name) => !still.has(name));
}

function failedOf(junit: string): string[] {
  const failed = /<testcase classname="([^"]*)" name="([^"]*)"[^>]*><(?:failure|error)/g;
  return [...junit.matchAll(failed)].map(([, file, name]) => `${file} ${name}`);
}

const tortureSchema = z.object({
  results: z.array(z.object({ outcome: z.string() })),
  verified: z.array(z.object({ wrong: z.array(z.string()) })),
});

/** From the torture's state: each fault that struck is a test, and each stage that was verified at its end. */
export function fromTorture(state: string, code: number): Count {
  if (state === "") return one(code === 0 ? 1 : code);
  const { results, verified } = tortureSchema.parse(JSON.parse(state));
  const struck = results.filter(({ outcome }) => outcome !== "missed");
  const failed =
    struck.filter(({ outcome }) => outcome.startsWith("broken")).length +
    verified.filter(({ wrong }) => wrong.length > 0).length;
  return broken(struck.length + verified.length - failed, failed, code);
}

/** A runner that fails without a failed test (a file that does not load, no test at all) must not look green. */
function broken(passed: number, failed: number, code: number): Count {
  const silent = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: silent ? 1 : failed };
}
