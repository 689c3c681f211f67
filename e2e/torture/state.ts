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

/** Counts over all snapshots of the SQLite torture. */
const sqliteSchema = z.object({
  count: z.number(),
  committed: z.number(),
  made: z.number(),
  restored: z.number(),
  malformed: z.number(),
  lacking: z.number(),
  rawMalformed: z.number(),
  rawLacking: z.number(),
  problems: z.array(z.string()),
});
export type SqliteTally = z.infer<typeof sqliteSchema>;

const wholeBotSchema = z.object({ fault: z.string(), outcome: z.string() });
/** A fault that a whole bot suffered. */
export type WholeBotResult = z.infer<typeof wholeBotSchema>;

const thiefSchema = z.object({ at: z.string(), lines: z.array(z.string()), broken: z.number() });
/** What the compromised agent got. */
export type ThiefResult = z.infer<typeof thiefSchema>;

const stateSchema = z.object({
  seed: z.number(),
  commit: z.string(),
  startedAt: z.string(),
  results: z.array(resultSchema),
  verified: z.array(verifiedSchema),
  /** What whoever reads the report has to know. */
  notes: z.array(z.string()).default([]),
  sqlite: sqliteSchema.optional(),
  wholeBot: z.array(wholeBotSchema).default([]),
  thief: thiefSchema.optional(),
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
  return {
    seed: drawn,
    commit,
    startedAt: new Date().toISOString(),
    results: [],
    verified: [],
    notes: [],
    wholeBot: [],
  };
}

/** Writes it whole. */
export function saveState(file: string, state: State): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(`${file}.new`, JSON.stringify(state, undefined, 1));
  fs.renameSync(`${file}.new`, file);
}

/** Results that count. */
export const counted = ({ results }: State) => results.filter(({ outcome }) => outcome !== "missed");

/** Every promise that was broken, in words. */
export function whatIsWrong(state: State): string[] {
  return [
    ...counted(state).flatMap(({ kind, at, outcome }) =>
      outcome.startsWith("broken") ? [`${kind}, ${at}: ${outcome}`] : [],
    ),
    ...state.verified.flatMap(({ batch, wrong }) => wrong.map((what) => `stage ${batch}: ${what}`)),
    ...state.wholeBot.flatMap(({ fault, outcome }) =>
      outcome === "it knows" ? [] : [`whole bot, ${fault}: ${outcome}`],
    ),
    ...(state.sqlite?.problems ?? []).map((what) => `SQLite, ${what}`),
    ...(state.thief?.broken ? [`the thief: ${state.thief.broken} promoted snapshots lack something`] : []),
  ];
}
