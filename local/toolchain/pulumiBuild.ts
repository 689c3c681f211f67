/**
 * Builds Pulumi's CLI and its Node language host as ordinary Go modules, for machines that reach a Go module proxy but
 * not Pulumi's downloads. Each is a module of its own in `go/`, because the language host is in the proxy only up to
 * an older SDK. `go.sum` pins every byte: the same sources give the same binaries.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createFolder } from "./folder.ts";
import * as pins from "./pins.ts";
import { tail, withoutHosts } from "./problem.ts";
import type { Tell } from "./progress.ts";
import { findProgram, run } from "./run.ts";
import type { Outcome } from "./sources.ts";

const modules = fileURLToPath(new URL("go/", import.meta.url));
const { version, goPackages, goVersion } = pins.pulumi;
const versionVariable = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;

/** The two builds: folder of the module, program that comes out, what is built. */
const builds = [
  { module: "language-host", program: "pulumi-language-nodejs", package: goPackages.languageHost, flags: [] },
  { module: "pulumi", program: "pulumi", package: goPackages.cli, flags: ["-tags", "osusergo,grpcnotrace"] },
] as const;

/** Builds into `bin`, which appears only when everything is in it. */
export async function buildPulumi(bin: string, tell: Tell, env: NodeJS.ProcessEnv): Promise<Outcome<string>> {
  const go = findProgram("go", env.PATH);
  if (go === undefined) return { lacking: "no Go on PATH" };
  const has = await goVersionOf(go, env);
  if (!recentEnough(has))
    return { lacking: `${go} is Go ${has ?? "of an unknown version"}, it takes ${goVersion} or newer` };
  const failed: string[] = [];
  await createFolder(path.dirname(bin), async (folder) => {
    for (const build of builds) {
      tell(`building ${build.program} with Go ${has}${build.module === "pulumi" ? " (about 5 minutes, once)" : ""}`);
      const output = path.join(folder, "bin", build.program);
      const problem = await compile(go, build, output, tell, env);
      if (problem !== undefined) throw new Error(problem);
    }
    const helper = "pulumi-resource-pulumi-nodejs";
    await fs.copyFile(path.join(modules, helper), path.join(folder, "bin", helper));
    await fs.chmod(path.join(folder, "bin", helper), 0o755);
  }).catch((error: unknown) => failed.push(error instanceof Error ? error.message : String(error)));
  return failed[0] === undefined ? { have: bin } : { lacking: failed[0] };
}

async function compile(
  go: string,
  build: (typeof builds)[number],
  output: string,
  tell: Tell,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const stamp = build.module === "pulumi" ? ` -X ${versionVariable}` : "";
  const args = ["build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-p", "2", ...build.flags];
  const result = await run(go, [...args, "-ldflags", `-s -w${stamp}`, "-o", output, build.package], {
    cwd: path.join(modules, build.module),
    env: { ...env, CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
    onLine: (line) => tell(withoutHosts(line)),
  });
  return result.code === 0 ? undefined : `go build of ${build.program} failed: ${tail(result.stderr, 3)}`;
}

async function goVersionOf(go: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  // Asked in the module's folder: Go may fetch the toolchain that go.mod names, and then that one counts.
  const answer = await run(go, ["env", "GOVERSION"], { env, cwd: path.join(modules, "pulumi") });
  return answer.stdout.trim().match(/^go(\d[\w.]*)/)?.[1];
}

function recentEnough(has: string | undefined): boolean {
  const [wantMajor = 0, wantMinor = 0, wantPatch = 0] = goVersion.split(".").map(Number);
  const [major = 0, minor = 0, patch = 0] = (has ?? "").split(".").map((part) => Number.parseInt(part, 10));
  if (major !== wantMajor) return major > wantMajor;
  return minor !== wantMinor ? minor > wantMinor : patch >= wantPatch;
}
