/** The repository at the end of a stage, with plain restic and without any Worker: every blob read, snapshots restored and compared. */
import fs from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { run } from "../../local/toolchain/run.ts";
import type { Promised } from "./check.ts";
import { missing } from "./journal.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";

const foundSchema = z.object({
  entries: z.record(z.string(), z.record(z.string(), z.number())),
  wrong: z.array(z.string()),
});

export interface VerifyResult {
  readonly restored: number;
  readonly check: string;
  readonly wrong: string[];
}

export interface VerifyOptions {
  /** How many promoted snapshots are restored, the oldest and the newest included. */
  readonly most: number;
  /** Packs were away, left the index, and were put back: what an operator does next is done first, on the copy. @default false */
  readonly putBack?: boolean;
}

/** Copies the bucket, reads all of it, and restores some of the promoted snapshots. */
export async function verify(
  stage: Stage,
  promised: readonly Promised[],
  random: Random,
  { most, putBack = false }: VerifyOptions,
): Promise<VerifyResult> {
  const repository = path.join(stage.folder, "repository");
  for (const { key } of await stage.keys()) {
    if (key.startsWith("talaria/") || key.startsWith("locks/")) continue;
    await fs.mkdir(path.dirname(path.join(repository, key)), { recursive: true });
    await fs.writeFile(path.join(repository, key), (await stage.object(key)) ?? "");
  }
  await fs.mkdir(path.join(repository, "locks"), { recursive: true });
  const wrong: string[] = [];
  if (putBack) await restic(stage, repository, ["repair", "index"]); // the check after it says whether it helped
  const checked = await restic(stage, repository, ["check", "--read-data", "--no-lock"]);
  if (checked.code !== 0) wrong.push(`restic check: ${checked.stderr.trim().slice(-500)}`);
  for (const one of chosen(promised, most, random)) wrong.push(...(await compare(stage, repository, one)));
  await fs.rm(repository, { recursive: true, force: true });
  const restored = Math.min(most, promised.length);
  return { restored, check: checked.code === 0 ? "no errors" : "errors", wrong };
}

function chosen(promised: readonly Promised[], most: number, random: Random): Promised[] {
  const [first, ...rest] = promised;
  const last = rest.pop();
  const ends = [first, last].filter((one) => one !== undefined);
  return [...ends, ...random.shuffled(rest)].slice(0, most);
}

async function compare(stage: Stage, repository: string, { id, must }: Promised): Promise<string[]> {
  const target = path.join(stage.folder, `restored-${id.slice(0, 8)}`);
  const done = await restic(stage, repository, ["restore", id, "--target", target, "--no-lock"]);
  if (done.code !== 0) return [`${id.slice(0, 8)} cannot be restored: ${done.stderr.trim().slice(-300)}`];
  const home = path.join(target, "home", ".hermes");
  const look = `import json; from pathlib import Path; from home import Home; print(json.dumps(Home(Path(${JSON.stringify(home)}), "", 0).found()))`;
  const cwd = path.join(import.meta.dirname, "container");
  const looked = await run("python3", ["-c", look], { cwd, env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" } });
  await fs.rm(target, { recursive: true, force: true });
  if (looked.code !== 0) return [`${id.slice(0, 8)} cannot be read: ${looked.stderr.slice(-300)}`];
  const found = foundSchema.parse(JSON.parse(looked.stdout));
  return [...found.wrong, ...missing(must, found.entries)].map((what) => `${id.slice(0, 8)}: ${what}`);
}

function restic(stage: Stage, repository: string, args: readonly string[]) {
  const { repositoryPassword } = stage.secrets;
  const env = {
    PATH: process.env.PATH ?? "",
    RESTIC_PASSWORD: repositoryPassword,
    RESTIC_REPOSITORY: repository,
    RESTIC_CACHE_DIR: path.join(stage.folder, "restic-cache"),
  };
  return run(stage.tools.restic, args, { env });
}
