/** The two ways to get a restic that is not there: its release on GitHub, or a build as a Go module (about a minute). */
import fs from "node:fs/promises";
import path from "node:path";
import { fetchBytes, fetchFile } from "./download.ts";
import { createFolder } from "./folder.ts";
import { findGo, goBuild } from "./goBuild.ts";
import * as pins from "./pins.ts";
import { tail } from "./problem.ts";
import type { Tell } from "./progress.ts";
import { sumOf } from "./pulumiDownload.ts";
import { findPython } from "./python.ts";
import { run } from "./run.ts";
import type { Outcome } from "./sources.ts";

/** A platform in Go's words, as restic's releases name them: `{ os: "linux", arch: "amd64" }`. */
export interface ResticTarget {
  readonly os: string;
  readonly arch: string;
}

/** Makes the file `<bin>/restic`, or says why it cannot. */
export type ResticMaker = (
  bin: string,
  target: ResticTarget,
  tell: Tell,
  env: NodeJS.ProcessEnv,
) => Promise<Outcome<string>>;

/** Where the release is fetched from. Tests point it at a server of their own. */
export interface ResticRelease {
  readonly archive: string;
  readonly archiveSha256: Readonly<Record<string, string>>;
  readonly checksums: string;
}

/** Downloads the release and checks it, by the pinned sum where there is one. */
export async function downloadRestic(
  bin: string,
  target: ResticTarget,
  tell: Tell,
  env: NodeJS.ProcessEnv,
  release: ResticRelease = pins.restic,
): Promise<Outcome<string>> {
  const platform = `${target.os}_${target.arch}`;
  const url = release.archive.replace("{platform}", platform);
  const sum = await sumFor(platform, url, release);
  if ("lacking" in sum) return sum;
  tell(`downloading ${path.basename(url)}`);
  return await filled(bin, async (folder) => {
    const archive = path.join(folder, "restic.bz2");
    const fetched = await fetchFile(url, sum.have, archive);
    if ("lacking" in fetched) return fetched.lacking;
    const { program } = await findPython(env);
    const unpacked = await run(program, ["-c", unpack, archive, path.join(folder, "bin", "restic")], { env });
    await fs.rm(archive);
    return unpacked.code === 0 ? undefined : `it could not be unpacked: ${tail(unpacked.stderr, 1)}`;
  });
}

/** Builds the pinned version. */
export const buildRestic: ResticMaker = async (bin, target, tell, env) => {
  const go = await findGo("restic", pins.restic.goVersion, env);
  if ("lacking" in go) return go;
  tell(`building restic with Go ${go.have.version} (about a minute, once)`);
  const build = {
    module: "restic",
    program: "restic",
    package: pins.restic.goPackage,
    target: { GOOS: target.os, GOARCH: target.arch },
  };
  return await filled(bin, (folder) => goBuild(go.have, build, path.join(folder, "bin", "restic"), tell, env));
};

/** Node has no bzip2; Python, which Hermes needs anyway, has. */
const unpack =
  "import bz2, shutil, sys\nwith bz2.open(sys.argv[1]) as a, open(sys.argv[2], 'wb') as b: shutil.copyfileobj(a, b)";

async function sumFor(platform: string, url: string, release: ResticRelease): Promise<Outcome<string>> {
  const pinned = release.archiveSha256[platform];
  if (pinned !== undefined) return { have: pinned };
  const list = await fetchBytes(release.checksums);
  if ("lacking" in list) return list;
  const sum = sumOf(path.basename(url), list.have.toString("utf8"));
  return sum === undefined ? { lacking: `the release has no ${path.basename(url)}` } : { have: sum };
}

/** The folder above `bin` appears only when `fill` has put restic there; otherwise it returns why it has not. */
async function filled(bin: string, fill: (folder: string) => Promise<string | undefined>): Promise<Outcome<string>> {
  let outcome: Outcome<string> = { have: path.join(bin, "restic") };
  await createFolder(path.dirname(bin), async (folder) => {
    await fs.mkdir(path.join(folder, "bin"));
    const reason = await fill(folder);
    if (reason !== undefined) throw new NotMade(reason);
    await fs.chmod(path.join(folder, "bin", "restic"), 0o755);
  }).catch((error: unknown) => {
    if (!(error instanceof NotMade)) throw error;
    outcome = { lacking: error.message };
  });
  return outcome;
}

/** Leaves `createFolder` without a finished folder; the search goes on. */
class NotMade extends Error {}
