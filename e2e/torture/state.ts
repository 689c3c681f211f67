/** What a torture has done so far: a file, so that one that was ended goes on where it was. */
import fs from "node:fs";
import path from "node:path";
import { z } from "zod";

const resultSchema = z.object({
  batch: z.number(),
  index: z.number(),
  kind: z.string(),
  at: z.string(),
  /** `missed` faults did not strike and do not count; `broken: …` is a promise that was broken. */
  outcome: z.string(),
  seconds: z.number(),
  /** Lines of the log, for what was broken. */
  log: z.array(z.string()).optional(),
});
export type Result = z.infer<typeof resultSchema>;

const verifiedSchema = z.object({
  batch: z.number(),
  /** Promoted snapshots of the stage. */
  promoted: z.number(),
  /** Those that were restored from a copy of the bucket and compared. */
  restored: z.number(),
  check: z.string(),
  wrong: z.array(z.string()),
});
export type Verified = z.infer<typeof verifiedSchema>;

const extraSchema = z.object({ title: z.string(), at: z.string(), lines: z.array(z.string()), broken: z.number() });
/** A part of the report that another program wrote: the whole bot, SQLite, the compromised agent. */
export type Extra = z.infer<typeof extraSchema>;

const stateSchema = z.object({
  seed: z.number(),
  commit: z.string(),
  startedAt: z.string(),
  results: z.array(resultSchema),
  verified: z.array(verifiedSchema),
  extras: z.record(z.string(), extraSchema).default({}),
});
export type State = z.infer<typeof stateSchema>;

/** The state in a file, or a new one. */
export function openState(file: string, seed: number | undefined, commit: string): State {
  if (fs.existsSync(file)) {
    const state = stateSchema.parse(JSON.parse(fs.readFileSync(file, "utf8")));
    if (seed === undefined || seed === state.seed) return state;
    throw new Error(`${file} was begun with seed ${state.seed}. Give --seed ${state.seed}, or another --state.`);
  }
  const drawn = seed ?? Math.floor(Math.random() * 2 ** 31);
  return { seed: drawn, commit, startedAt: new Date().toISOString(), results: [], verified: [], extras: {} };
}

/** Writes it whole. */
export function saveState(file: string, state: State): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, JSON.stringify(state, undefined, 1));
  fs.renameSync(`${file}.new`, file);
}

/** Results that count. */
export const counted = ({ results }: State) => results.filter(({ outcome }) => outcome !== "missed");
