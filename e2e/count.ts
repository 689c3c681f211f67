/** Reads how many tests passed from the reports of the test runners. A runner that broke counts as one failure. */
import { z } from "zod";

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** A check that is one test by itself. */
export const one = (code: number): Count => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

const vitestSchema = z.object({ numPassedTests: z.number(), numFailedTests: z.number() });

export function fromVitest(report: string, code: number): Count {
  if (report === "") return one(code === 0 ? 1 : code);
  const { numPassedTests: passed, numFailedTests: failed } = vitestSchema.parse(JSON.parse(report));
  return broken(passed, failed, code);
}

/** From pytest's JUnit report. */
export function fromPytest(report: string, code: number): Count {
  const suite = /<testsuite [^>]*>/.exec(report)?.[0] ?? "";
  const number = (name: string) => Number(new RegExp(`${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return broken(number("tests") - failed - number("skipped"), failed, code);
}

/** A runner that fails without a failed test (a file that does not load, no test at all) must not look green. */
function broken(passed: number, failed: number, code: number): Count {
  const silent = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: silent ? 1 : failed };
}
