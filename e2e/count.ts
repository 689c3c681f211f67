/** Reads how many tests passed from the reports of the test runners. A runner that broke counts as one failure. */
import { z } from "zod";

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** A check that is one test by itself. */
export const one = (code: number): Count => (code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });

const vitestSchema = z.object({
  testResults: z.array(
    z.object({
      /** Path of the file. */
      name: z.string(),
      /** `failed` also where its set-up or its tidying up failed, or it did not load. */
      status: z.string(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
});

/** From vitest's JSON report. */
export function fromVitest(report: string, code: number): Count {
  if (report === "") return one(code === 0 ? 1 : code);
  const files = filesOf(report);
  const number = (status: string) => files.flatMap((file) => testsOf(file, status)).length;
  return broken(number("passed"), number("failed"), code);
}

/** Paths of the files in which something failed; none where the runner itself broke. */
export function failedFiles(report: string): string[] {
  if (report === "") return [];
  return filesOf(report)
    .filter(({ status }) => status === "failed")
    .map(({ name }) => name);
}

/** One report of two runs: what the second, of the files that failed, says of them stands in place of what the first said. */
export function withSecondRun(first: string, second: string): string {
  if (second === "") return first;
  const again = filesOf(second);
  const others = filesOf(first).filter(({ name }) => again.every((file) => file.name !== name));
  return JSON.stringify({ testResults: [...others, ...again] });
}

/** Names of the tests that failed in the first run and passed in the second; of a file whose set-up failed, the file's. */
export function passedInSecondRun(first: string, second: string): string[] {
  if (second === "") return [];
  const passed = new Set(
    filesOf(second).flatMap((file) => [...(file.status === "passed" ? [file.name] : []), ...testsOf(file, "passed")]),
  );
  return filesOf(first)
    .filter(({ status }) => status === "failed")
    .flatMap((file) => {
      const failed = testsOf(file, "failed");
      return failed.length > 0 ? failed : [file.name];
    })
    .filter((name) => passed.has(name));
}

type VitestFile = z.infer<typeof vitestSchema>["testResults"][number];

function filesOf(report: string): VitestFile[] {
  return vitestSchema.parse(JSON.parse(report)).testResults;
}

function testsOf({ assertionResults }: VitestFile, wanted: string): string[] {
  return assertionResults.filter(({ status }) => status === wanted).map(({ fullName }) => fullName);
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
