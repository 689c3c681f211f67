/** Which commit a build context stands at. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";

/** What the label says where there is no history to ask (an unpacked archive). */
export const unknownRevision = "unknown";

/**
 * The last commit that touched one of these files of a folder. Files that the image does not hold are not asked about, so
 * that their commits rebuild nothing.
 * @throws pulumi.RunError in a shallow checkout whose history ends too early to tell
 */
export function lastCommit(folder: string, files: readonly string[]): string {
  const commit = git(folder, ["log", "-1", "--format=%H", "--", ...files]);
  if (commit === undefined || commit === "") return unknownRevision;
  if (boundary(folder).includes(commit)) throw new pulumi.RunError(shallow(folder));
  return commit;
}

/** Whether git has a file in its index; false outside any checkout. */
export function isTracked(file: string): boolean {
  return git(path.dirname(file), ["ls-files", "--error-unmatch", "--", path.basename(file)]) !== undefined;
}

/** Commits at which a shallow history ends: they seem to have touched every file. */
function boundary(folder: string): readonly string[] {
  const file = git(folder, ["rev-parse", "--git-path", "shallow"]);
  if (file === undefined) return [];
  const full = path.resolve(folder, file);
  return fs.existsSync(full) ? fs.readFileSync(full, "utf8").trim().split("\n") : [];
}

function git(folder: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", ["-C", folder, ...args], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function shallow(folder: string): string {
  return (
    `Nothing was created. The checkout is shallow, so nobody can tell which commit touched ${path.basename(folder)} last,\n` +
    "and every commit would rebuild its image. Fetch the history:\n    git fetch --unshallow\n" +
    "(GitHub Actions: actions/checkout with fetch-depth: 0)"
  );
}
