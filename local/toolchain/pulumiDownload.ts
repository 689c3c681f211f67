/** Pulumi's own download: the release tarball of this platform, checked against the sums published with the release. */
import fs from "node:fs/promises";
import path from "node:path";
import { fetchBytes, fetchFile } from "./download.ts";
import { createFolder } from "./folder.ts";
import * as pins from "./pins.ts";
import type { Tell } from "./progress.ts";
import { run } from "./run.ts";
import type { Outcome } from "./sources.ts";

/** Where the release is fetched from. Tests point it at a server of their own. */
export interface PulumiRelease {
  readonly tarballs: readonly string[];
  readonly checksums: string;
}

/** Downloads and unpacks the CLI into `bin`. */
export async function downloadPulumi(
  bin: string,
  tell: Tell,
  release: PulumiRelease = pins.pulumi,
): Promise<Outcome<string>> {
  const platform = releasePlatform(process.platform, process.arch);
  if (platform === undefined) return { lacking: `there is none for ${process.platform} on ${process.arch}` };
  tell("asking for the release's checksums");
  const sums = await fetchBytes(release.checksums);
  if ("lacking" in sums) return sums;
  const reasons: string[] = [];
  for (const template of release.tarballs) {
    const url = template.replace("{platform}", platform);
    const sha256 = sumOf(path.basename(url), sums.have.toString("utf8"));
    if (sha256 === undefined) return { lacking: `the release's checksums do not name ${path.basename(url)}` };
    tell(`downloading ${path.basename(url)}`);
    const done = await unpack(url, sha256, bin);
    if ("have" in done) return done;
    reasons.push(done.lacking);
  }
  return { lacking: reasons.join("; ") };
}

async function unpack(url: string, sha256: string, bin: string): Promise<Outcome<string>> {
  let outcome: Outcome<string> = { have: bin };
  await createFolder(path.dirname(bin), async (folder) => {
    const tarball = path.join(folder, "release.tar.gz");
    const fetched = await fetchFile(url, sha256, tarball);
    if ("lacking" in fetched) throw new NotFetched(fetched.lacking);
    await fs.mkdir(path.join(folder, "bin"));
    const tar = await run("tar", ["-xzf", tarball, "-C", path.join(folder, "bin"), "--strip-components=1"]);
    if (tar.code !== 0) throw new NotFetched(`tar could not unpack it: ${tar.stderr.trim()}`);
    await fs.rm(tarball);
  }).catch((error: unknown) => {
    if (!(error instanceof NotFetched)) throw error;
    outcome = { lacking: error.message };
  });
  return outcome;
}

/** Leaves `createFolder` without a finished folder; the search goes on. */
class NotFetched extends Error {}

/** Pulumi's name of a platform, e.g. `linux-x64`. */
export function releasePlatform(system: string, arch: string): string | undefined {
  const systems = ["linux", "darwin"];
  const arches = ["x64", "arm64"];
  return systems.includes(system) && arches.includes(arch) ? `${system}-${arch}` : undefined;
}

/** The SHA-256 of a file in the text of a checksums file (`<hex>  <name>` per line). */
export function sumOf(file: string, checksums: string): string | undefined {
  const line = checksums.split("\n").find((entry) => entry.trim().endsWith(` ${file}`));
  return line?.trim().match(/^([0-9a-f]{64})\s/)?.[1];
}
