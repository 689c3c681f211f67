/** Writes the files of a plan. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { PlannedFile } from "./plan.ts";

/** Writes what is new or changed, a secret so that only its owner reads it and git leaves it out. Returns the paths. */
export function written(top: string, files: readonly PlannedFile[]): readonly string[] {
  const due = files.filter(({ state }) => state !== "same");
  for (const { path: file, text, secret } of due) {
    if (secret) ignored(top, file);
    const at = path.resolve(top, file);
    fs.mkdirSync(path.dirname(at), { recursive: true, mode: secret ? 0o700 : 0o777 });
    // A file that is there keeps its mode when it is written: it goes first.
    if (secret) fs.rmSync(at, { force: true });
    fs.writeFileSync(at, text, { mode: secret ? 0o600 : 0o666 });
  }
  return due.map(({ path: file }) => file);
}

/** Sees to it that git does not take a file, before it is there. */
function ignored(top: string, file: string): void {
  if (spawnSync("git", ["check-ignore", "--quiet", file], { cwd: top }).status === 0) return;
  const list = path.join(top, ".gitignore");
  const before = fs.existsSync(list) ? fs.readFileSync(list, "utf8") : "";
  if (before.split("\n").includes(`/${file}`)) return;
  fs.writeFileSync(list, `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}/${file}\n`);
}
