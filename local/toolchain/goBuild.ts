/** Builds a program as an ordinary Go module of `go/`, whose `go.sum` pins every byte: the same sources give the same binary. */
import path from "node:path";
import { tail, withoutHosts } from "./problem.ts";
import type { Tell } from "./progress.ts";
import { findProgram, run } from "./run.ts";
import type { Outcome } from "./sources.ts";

/** Folder of the modules. */
export const goModules = path.join(import.meta.dirname, "go");

/** A Go that is recent enough. */
export interface Go {
  readonly program: string;
  readonly version: string;
}

/** One program to build. */
export interface GoBuild {
  /** Folder in `go/`. */
  readonly module: string;
  /** What the file is called. */
  readonly program: string;
  readonly package: string;
  readonly flags?: readonly string[];
  /** Added to the linker's flags. */
  readonly link?: string;
  /** Platform to build for, in Go's words. @default this machine's */
  readonly target?: { readonly GOOS: string; readonly GOARCH: string };
}

/**
 * The Go on PATH, if it is new enough for a module. It is asked in the module's folder: Go may fetch the toolchain that
 * go.mod names, and then that one counts.
 */
export async function findGo(module: string, atLeast: string, env: NodeJS.ProcessEnv): Promise<Outcome<Go>> {
  const program = findProgram("go", env.PATH);
  if (program === undefined) return { lacking: "no Go on PATH" };
  const answer = await run(program, ["env", "GOVERSION"], { env, cwd: path.join(goModules, module) });
  const version = answer.stdout.trim().match(/^go(\d[\w.]*)/)?.[1];
  if (version === undefined || !recentEnough(version, atLeast))
    return { lacking: `${program} is Go ${version ?? "of an unknown version"}, it takes ${atLeast} or newer` };
  return { have: { program, version } };
}

/** Builds one program into the file `output`. Returns why it failed, if it did. */
export async function goBuild(
  go: Go,
  build: GoBuild,
  output: string,
  tell: Tell,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-p", "2", ...(build.flags ?? [])];
  const link = ["-s", "-w", ...(build.link === undefined ? [] : [build.link])].join(" ");
  const result = await run(go.program, [...args, "-ldflags", link, "-o", output, build.package], {
    cwd: path.join(goModules, build.module),
    env: { ...env, ...build.target, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
    onLine: (line) => tell(withoutHosts(line)),
  });
  return result.code === 0 ? undefined : `go build of ${build.program} failed: ${tail(result.stderr, 3)}`;
}

function recentEnough(has: string, atLeast: string): boolean {
  const numbers = (version: string) => version.split(".").map((part) => Number.parseInt(part, 10));
  const [wantMajor = 0, wantMinor = 0, wantPatch = 0] = numbers(atLeast);
  const [major = 0, minor = 0, patch = 0] = numbers(has);
  if (major !== wantMajor) return major > wantMajor;
  return minor !== wantMinor ? minor > wantMinor : patch >= wantPatch;
}
