/** restic, which keeps the snapshots: found, downloaded, or built. */
import os from "node:os";
import path from "node:path";
import { cacheDir } from "../paths.ts";
import { withLock } from "./lock.ts";
import * as pins from "./pins.ts";
import { ToolchainProblem } from "./problem.ts";
import { type Progress, step } from "./progress.ts";
import { buildRestic, downloadRestic, type ResticMaker, type ResticTarget } from "./resticMake.ts";
import { findProgram, isProgram, run } from "./run.ts";
import { firstOf, type Outcome, type Source } from "./sources.ts";

/** A usable restic. */
export interface Restic {
  /** Full path of the program. */
  readonly program: string;
  readonly version: string;
}

export interface EnsureResticOptions {
  readonly progress: Progress;
  /** For another platform than this machine's, e.g. for an image: then PATH is not asked. */
  readonly target?: ResticTarget;
  /** @default a folder of the user's cache */
  readonly folder?: string;
  /** @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Replace the download and the build, for tests. */
  readonly download?: ResticMaker;
  readonly build?: ResticMaker;
}

/**
 * Finds the pinned restic, else downloads it, else builds it ("about a minute, once").
 * Throws {@link ToolchainProblem} when none of these is possible, saying why of each.
 */
export async function ensureRestic(options: EnsureResticOptions): Promise<Restic> {
  const { progress, env = process.env, folder = path.join(cacheDir, "restic"), target } = options;
  const { download = downloadRestic, build = buildRestic } = options;
  const platform = target ?? machine();
  const bin = path.join(folder, "versions", pins.restic.version, `${platform.os}-${platform.arch}`, "bin");
  return step(progress, `restic ${pins.restic.version}`, async (tell) => {
    const onPath: Source<string> = { name: "on PATH", get: () => resticOnPath(env) };
    const inCache: Source<string> = { name: "in the cache", get: () => resticIn(bin, target === undefined) };
    const make: Source<string>[] = [
      { name: "download", get: () => download(bin, platform, tell, env) },
      { name: "build", get: () => build(bin, platform, tell, env) },
    ];
    const found = await firstOf(target === undefined ? [onPath, inCache] : [inCache]);
    if (found.value !== undefined) return usable(found.value, `found ${found.source}`);
    const wait = { onWait: (pid: number) => tell(`process ${pid} is getting it; waiting`) };
    const made = await withLock(path.join(folder, "toolchain.lock"), () => firstOf([inCache, ...make], tell), wait);
    if (made.value === undefined) throw missing([...found.reasons.slice(0, -1), ...made.reasons]);
    return usable(made.value, made.source === "build" ? "built, once" : `from ${made.source}`);
  });
}

async function resticOnPath(env: NodeJS.ProcessEnv): Promise<Outcome<string>> {
  const program = findProgram("restic", env.PATH);
  return program === undefined ? { lacking: "no `restic`" } : rightVersion(program);
}

/** The toolchain's own restic of an earlier run. One for another platform cannot be asked for its version. */
async function resticIn(bin: string, runsHere: boolean): Promise<Outcome<string>> {
  const program = path.join(bin, "restic");
  if (!isProgram(program)) return { lacking: `nothing in ${bin}` };
  return runsHere ? rightVersion(program) : { have: program };
}

async function rightVersion(program: string): Promise<Outcome<string>> {
  const answer = await run(program, ["version"], { timeoutMs: 30_000 });
  const version = /^restic (\S+)/.exec(answer.stdout)?.[1];
  if (version === undefined) return { lacking: `${program} does not start (exit ${answer.code})` };
  return version === pins.restic.version ? { have: program } : { lacking: `${program} is version ${version}` };
}

/** This machine in Go's words. */
function machine(): ResticTarget {
  return { os: os.platform(), arch: os.arch() === "x64" ? "amd64" : os.arch() };
}

function usable(program: string, summary: string) {
  return { value: { program, version: pins.restic.version }, summary };
}

function missing(reasons: readonly string[]): ToolchainProblem {
  const { version, goVersion } = pins.restic;
  return new ToolchainProblem(`restic ${version} is not on this machine and could not be had.`, reasons, [
    `install Go ${goVersion} or newer (https://go.dev/dl): then it is built here, about a minute, once`,
    `put restic ${version} on PATH (https://restic.readthedocs.io/en/stable/020_installation.html)`,
    "run this again where github.com can be reached",
  ]);
}
