/**
 * `npm test`: everything that this machine can test, quickest first, in one run with one closing line. Beside it goes what
 * waits more than it computes. A part that fails does not stop the others. `npm test -- NAME…` runs the named parts alone.
 */
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { ensureBaseImages, ensureDocker } from "../local/docker/index.ts";
import { checkout } from "../local/paths.ts";
import { ensureRestic, ensureToolchain } from "../local/toolchain/index.ts";
import type { ProgressEvent } from "../local/toolchain/progress.ts";
import { ensurePythonTool } from "../local/toolchain/pythonTool.ts";
import {
  type Count,
  failedFiles,
  fromPytest,
  fromTorture,
  fromVitest,
  one,
  passedAtSecondTry,
  passedInSecondRun,
  withSecondRun,
} from "./count.ts";

interface Part {
  readonly name: string;
  readonly run: () => Promise<Count>;
  /** Parts that must have ended before it begins, where they run at all. */
  readonly after?: readonly string[];
}

const reports = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-tests-"));
const bin = path.join(checkout, "node_modules", ".bin");

/** Of the docker daemon, once it runs. */
const daemonEnv: Record<string, string> = {};

const prepared = ["toolchain", "docker"];
/** Each lane goes through its parts one by one. */
const lanes: readonly (readonly Part[])[] = [
  [
    { name: "lint", run: async () => one(await exec("biome", ["check", "."])) },
    { name: "types", run: async () => one((await exec("tsc", ["-p", "."])) + (await exec("tsc", ["-p", "worker"]))) },
    { name: "unit", run: () => vitest("unit") },
    { name: "workerd", run: () => vitest("workerd") },
    { name: "process", run: () => vitest("process", { env: daemonEnv, secondTry: true }), after: prepared },
    { name: "e2e", run: () => vitest("e2e", { env: daemonEnv, secondTry: true }), after: prepared },
  ],
  [
    { name: "toolchain", run: toolchain },
    { name: "docker", run: docker },
    { name: "container", run: pytest },
    { name: "torture", run: torture, after: ["toolchain"] },
  ],
];

const wanted = process.argv.slice(2);
const names = lanes.flat().map(({ name }) => name);
const unknown = wanted.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`error: no part is called ${unknown.join(", ")}. There are: ${names.join(", ")}`);
  process.exit(1);
}

const closers: (() => Promise<void>)[] = [];
const total = { passed: 0, failed: 0 };
const chosen = names.filter((name) => wanted.length === 0 || wanted.includes(name));
const ends = new Map(chosen.map((name) => [name, Promise.withResolvers<void>()]));
await Promise.all(lanes.map(runLane));
for (const close of closers.reverse()) await close();
await fs.rm(reports, { recursive: true, force: true });
console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function runLane(parts: readonly Part[]): Promise<void> {
  for (const part of parts.filter(({ name }) => chosen.includes(name))) {
    for (const name of part.after ?? []) await ends.get(name)?.promise;
    await count(part);
    ends.get(part.name)?.resolve();
  }
}

async function count({ name, run }: Part): Promise<void> {
  const began = Date.now();
  console.log(`\n── ${name}`);
  const { passed, failed } = await run().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return one(1);
  });
  total.passed += passed;
  total.failed += failed;
  console.log(`── ${name}: ${passed} passed, ${failed} failed in ${Math.round((Date.now() - began) / 1000)} s`);
}

interface VitestRun {
  readonly env?: Readonly<Record<string, string>>;
  /** Files in which something fails are run a second time, from their set-up on and named: on a starved machine a process may miss its moment. */
  readonly secondTry?: boolean;
}

async function vitest(project: string, { env = {}, secondTry = false }: VitestRun = {}): Promise<Count> {
  const first = await vitestOn(project, env);
  const failed = secondTry ? failedFiles(first.report) : [];
  if (failed.length === 0) return fromVitest(first.report, first.code);
  const again = await vitestOn(project, env, failed);
  tellSecondTries(passedInSecondRun(first.report, again.report));
  return fromVitest(withSecondRun(first.report, again.report), again.code);
}

async function vitestOn(project: string, env: Readonly<Record<string, string>>, files: readonly string[] = []) {
  const file = path.join(reports, `${project}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  await fs.rm(file, { force: true });
  const code = await exec("vitest", ["run", "--project", project, ...reporters, ...files], { env });
  return { report: await fs.readFile(file, "utf8").catch(() => ""), code };
}

/**
 * Not a test, but what the tests on real containers after it find by DOCKER_HOST. Where no daemon can be had they are
 * skipped, and this says why.
 */
async function docker(): Promise<Count> {
  const daemon = await ensureDocker({ progress: say });
  if ("unavailable" in daemon) {
    console.log(`skipped: tests on Docker (${daemon.unavailable})`);
    return { passed: 0, failed: 0 };
  }
  closers.push(() => daemon.close());
  const bases = await ensureBaseImages({ docker: daemon, progress: say });
  closers.push(() => bases.close());
  Object.assign(daemonEnv, daemon.env);
  return one(0);
}

/** What fails is tried a second time, as whole systems are, and named. */
async function pytest(): Promise<Count> {
  const python = await ensurePythonTool("pytest", { progress: say });
  const restic = await ensureRestic({ progress: say });
  const counts: Count[] = [];
  for (const image of ["hermes", "exec"]) {
    const first = await pytestIn(image, { python, restic: restic.program });
    const count = fromPytest(first.report, first.code);
    if (count.failed === 0) {
      counts.push(count);
      continue;
    }
    const again = await pytestIn(image, { python, restic: restic.program, onlyFailed: true });
    tellSecondTries(passedAtSecondTry(first.report, again.report));
    const { passed, failed } = fromPytest(again.report, again.code);
    counts.push({ passed: count.passed + passed, failed });
  }
  return counts.reduce((a, b) => ({ passed: a.passed + b.passed, failed: a.failed + b.failed }));
}

function tellSecondTries(names: readonly string[]): void {
  for (const name of names) console.log(`passed at the second try: ${name}`);
}

interface PytestRun {
  readonly python: string;
  readonly restic: string;
  /** What failed in the run before. */
  readonly onlyFailed?: boolean;
}

async function pytestIn(image: string, run: PytestRun): Promise<{ readonly report: string; readonly code: number }> {
  const file = path.join(reports, `${image}.xml`);
  const said = path.join(reports, `${image}.txt`);
  const cache = ["-o", `cache_dir=${path.join(reports, `${image}.cache`)}`];
  const failed = run.onlyFailed ? ["--last-failed", "--last-failed-no-failures=none"] : [];
  await fs.rm(file, { force: true });
  const output = await fs.open(said, "w");
  const code = await exec(run.python, ["-m", "pytest", "-q", ...cache, ...failed, `--junitxml=${file}`], {
    cwd: path.join(checkout, "container", image),
    env: { TALARIA_TEST_RESTIC: run.restic },
    output: output.fd,
  });
  await output.close();
  console.log(await fs.readFile(said, "utf8"));
  return { report: await fs.readFile(file, "utf8").catch(() => ""), code };
}

/** A sample of the faults of `npm run torture`, with a seed that it prints: at most six minutes. */
async function torture(): Promise<Count> {
  const state = path.join(reports, "torture.json");
  const sample = ["faults", "--minutes", "4", "--count", "100", "--state", state];
  const code = await exec("node", [path.join(checkout, "e2e", "torture", "index.ts"), ...sample]);
  return fromTorture(await fs.readFile(state, "utf8").catch(() => ""), code);
}

/** Not a test, but what the parts after it stand on: its failure is told once, here. */
async function toolchain(): Promise<Count> {
  try {
    await ensureToolchain({ progress: say });
    return one(0);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return one(1);
  }
}

function say({ step, state, detail, elapsedMs }: ProgressEvent): void {
  if (state !== "running") console.log(`${step}: ${detail} (${Math.round(elapsedMs / 1000)} s)`);
}

interface ExecOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** File descriptor that gets what the program prints. @default this program's own output */
  readonly output?: number;
}

function exec(command: string, args: readonly string[], options: ExecOptions = {}): Promise<number> {
  const { cwd = checkout, env: added = {}, output = "inherit" } = options;
  const own = { CI: "true", NODE_COMPILE_CACHE: path.join(reports, "compiled") }; // hundreds of programs load the same files
  const env = { ...process.env, ...added, ...own, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` };
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", output, output] });
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
