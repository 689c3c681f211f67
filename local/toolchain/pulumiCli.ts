/** Pulumi's CLI with its Node language host: found, downloaded, or built. */
import path from "node:path";
import { cacheDir } from "../paths.ts";
import { withLock } from "./lock.ts";
import * as pins from "./pins.ts";
import { ToolchainProblem } from "./problem.ts";
import { type Progress, step, type Tell } from "./progress.ts";
import { buildPulumi } from "./pulumiBuild.ts";
import { downloadPulumi } from "./pulumiDownload.ts";
import { findProgram, isProgram, run } from "./run.ts";
import { firstOf, type Outcome, type Source } from "./sources.ts";

/** A usable Pulumi. */
export interface PulumiCli {
  /** PULUMI_HOME of the toolchain: plugins and workspaces of local stacks. Never the user's own. */
  readonly home: string;
  /** The folder to put into PATH. */
  readonly bin: string;
  readonly version: string;
}

/** The programs that a `bin` folder needs: CLI, language host, and what serves dynamic resources. */
export const programs = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"] as const;

export interface EnsurePulumiOptions {
  readonly progress: Progress;
  /** @default a folder of the user's cache */
  readonly home?: string;
  /** PATH and the rest of the environment. @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Replaces the download and the build, for tests. */
  readonly download?: (into: string, tell: Tell) => Promise<Outcome<string>>;
  readonly build?: (into: string, tell: Tell) => Promise<Outcome<string>>;
}

/**
 * Finds the pinned Pulumi, else downloads it, else builds it ("about 5 minutes, once").
 * Throws {@link ToolchainProblem} when none of these is possible, saying why of each.
 */
export async function ensurePulumi(options: EnsurePulumiOptions): Promise<PulumiCli> {
  const { progress, env = process.env, home = path.join(cacheDir, "pulumi") } = options;
  const bin = path.join(home, "versions", pins.pulumi.version, "bin");
  return step(progress, `Pulumi ${pins.pulumi.version}`, async (tell) => {
    const ready: Source<string>[] = [
      { name: "on PATH", get: () => pulumiOnPath(env) },
      { name: "in the cache", get: () => pulumiIn(bin) },
    ];
    const make: Source<string>[] = [
      { name: "download", get: () => (options.download ?? downloadPulumi)(bin, tell) },
      { name: "build", get: () => (options.build ?? ((into, say) => buildPulumi(into, say, env)))(bin, tell) },
    ];
    const found = await firstOf(ready);
    if (found.value !== undefined) return usable(home, found.value, `found ${found.source}`);
    const wait = { onWait: (pid: number) => tell(`process ${pid} is getting it; waiting`) };
    const made = await withLock(`${home}/toolchain.lock`, () => firstOf([...ready.slice(1), ...make], tell), wait);
    if (made.value === undefined) throw missing([found.reasons[0] ?? "", ...made.reasons]);
    return usable(home, made.value, made.source === "build" ? "built, once" : `from ${made.source}`);
  });
}

/** The user's own Pulumi, if it is exactly the pinned version and complete. */
export async function pulumiOnPath(env: NodeJS.ProcessEnv): Promise<Outcome<string>> {
  const cli = findProgram("pulumi", env.PATH);
  if (cli === undefined) return { lacking: "no `pulumi`" };
  const bin = path.dirname(cli);
  const absent = programs.filter((name) => !isProgram(path.join(bin, name)) && !findProgram(name, env.PATH));
  if (absent.length > 0) return { lacking: `${cli} has no ${absent.join(" and no ")} beside it` };
  return rightVersion(cli, bin);
}

/** The toolchain's own Pulumi of an earlier run. */
async function pulumiIn(bin: string): Promise<Outcome<string>> {
  const absent = programs.filter((name) => !isProgram(path.join(bin, name)));
  return absent.length > 0 ? { lacking: `nothing in ${bin}` } : rightVersion(path.join(bin, "pulumi"), bin);
}

async function rightVersion(cli: string, bin: string): Promise<Outcome<string>> {
  const env = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const answer = await run(cli, ["version"], { env, timeoutMs: 30_000 });
  const version = answer.stdout.trim().replace(/^v/, "");
  if (answer.code !== 0) return { lacking: `${cli} does not start (exit ${answer.code})` };
  return version === pins.pulumi.version ? { have: bin } : { lacking: `${cli} is version ${version}` };
}

function usable(home: string, bin: string, summary: string) {
  return { value: { home, bin, version: pins.pulumi.version }, summary };
}

function missing(reasons: readonly string[]): ToolchainProblem {
  const { version, goVersion } = pins.pulumi;
  return new ToolchainProblem(`Pulumi ${version} is not on this machine and could not be had.`, reasons, [
    `install Go ${goVersion} or newer (https://go.dev/dl): then it is built here, about 5 minutes, once`,
    `put Pulumi ${version} on PATH (https://www.pulumi.com/docs/install/versions/)`,
    "run this again where get.pulumi.com and github.com can be reached",
  ]);
}
