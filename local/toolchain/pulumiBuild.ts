/**
 * Builds Pulumi's CLI and its Node language host as ordinary Go modules, for machines that reach a Go module proxy but
 * not Pulumi's downloads. Each is a module of its own in `go/`, because the language host is in the proxy only up to
 * an older SDK.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { createFolder } from "./folder.ts";
import { findGo, type GoBuild, goBuild, goModules } from "./goBuild.ts";
import * as pins from "./pins.ts";
import type { Tell } from "./progress.ts";
import type { Outcome } from "./sources.ts";

const { version, goPackages, goVersion } = pins.pulumi;
const versionVariable = `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;

const builds: readonly GoBuild[] = [
  { module: "language-host", program: "pulumi-language-nodejs", package: goPackages.languageHost },
  {
    module: "pulumi",
    program: "pulumi",
    package: goPackages.cli,
    flags: ["-tags", "osusergo,grpcnotrace"],
    link: `-X ${versionVariable}`,
  },
];

/** Builds into `bin`, which appears only when everything is in it. */
export async function buildPulumi(bin: string, tell: Tell, env: NodeJS.ProcessEnv): Promise<Outcome<string>> {
  const go = await findGo("pulumi", goVersion, env);
  if ("lacking" in go) return go;
  const failed: string[] = [];
  await createFolder(path.dirname(bin), async (folder) => {
    for (const build of builds) {
      const duration = build.module === "pulumi" ? " (about 5 minutes, once)" : "";
      tell(`building ${build.program} with Go ${go.have.version}${duration}`);
      const problem = await goBuild(go.have, build, path.join(folder, "bin", build.program), tell, env);
      if (problem !== undefined) throw new Error(problem);
    }
    const helper = "pulumi-resource-pulumi-nodejs";
    await fs.copyFile(path.join(goModules, helper), path.join(folder, "bin", helper));
    await fs.chmod(path.join(folder, "bin", helper), 0o755);
  }).catch((error: unknown) => failed.push(error instanceof Error ? error.message : String(error)));
  return failed[0] === undefined ? { have: bin } : { lacking: failed[0] };
}
