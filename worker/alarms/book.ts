/** The book of alarms: when a cause is told, and when it is over. Pure: a look in, what there is to tell out. */
import * as z from "zod";
import { type AlarmCode, type AlarmPolicy, alarmCodes } from "../declarationSchema.ts";
import { type Alarm, alarmSchema, isAbout, type Subject, triedSchema } from "./alarm.ts";
import { causes } from "./causes.ts";

/** How many alarms that are over are kept. */
const keptPast = 50;
/** What was tried about one alarm and how often, at most. */
const keptTried = 20;

/** What one look found of a cause. */
export interface Finding extends Subject {
  /** A sentence. */
  readonly what: string;
  /** When it began, if that is known; else now. Milliseconds since the epoch. */
  readonly since?: number | undefined;
  /** What it is more than: those are over without a word, for nothing got better. */
  readonly insteadOf?: readonly Subject[];
}

/** What one look saw. Causes that are neither present nor unknown are not there. */
export interface Sight {
  readonly present: readonly Finding[];
  /** Causes that could not be looked for: they stay as they are. */
  readonly unknown: ReadonlySet<AlarmCode>;
}

const entrySchema = z.object({
  /** Number of the alarm, counted by the book; 0 before it is raised. */
  id: z.number(),
  code: z.enum(alarmCodes),
  about: z.string(),
  what: z.string(),
  /** Times in milliseconds since the epoch. */
  since: z.number(),
  firstSeenAt: z.number(),
  looks: z.number(),
  raisedAt: z.number().nullable(),
  goneAt: z.number().nullable(),
  flaps: z.number(),
  tried: z.array(triedSchema),
  told: alarmSchema.shape.told,
});
/** A cause that is there, or was until just now; an alarm once it is raised. */
export type Entry = z.infer<typeof entrySchema>;

export const bookSchema = z.object({
  /** Alarms that were ever raised. */
  raised: z.number(),
  entries: z.array(entrySchema),
  past: z.array(entrySchema),
});
export type Book = z.infer<typeof bookSchema>;

export const emptyBook: Book = { raised: 0, entries: [], past: [] };

/** Something to tell. */
export interface News {
  readonly kind: "raised" | "resolved";
  readonly entry: Entry;
}

export interface Turned {
  readonly book: Book;
  readonly news: readonly News[];
}

type Patience = Pick<AlarmPolicy, "holdSeconds" | "goneSeconds">;

/** The book after a look. */
export function turn(book: Book, sight: Sight, patience: Patience, now: number): Turned {
  const news: News[] = [];
  let { raised } = book;
  const entries: Entry[] = [];
  const over: Entry[] = [];
  const fresh = sight.present.filter((found) => !book.entries.some((entry) => isAbout(entry, found)));
  const outgrown = sight.present.flatMap(({ insteadOf = [] }) => insteadOf);
  for (const before of [...book.entries, ...fresh.map((found) => begun(found, now))]) {
    const found = sight.present.find((one) => isAbout(one, before));
    if (found === undefined && sight.unknown.has(before.code)) {
      entries.push(before);
      continue;
    }
    const after = found === undefined ? gone(before, now) : seen(before, found, now);
    if (after === undefined) continue;
    if (found === undefined && outgrown.some((one) => isAbout(one, before))) {
      over.push(after);
      continue;
    }
    if (isOver(after, patience, now)) {
      over.push(after);
      news.push({ kind: "resolved", entry: after });
    } else if (mayBeTold(after, patience, now)) {
      raised += 1;
      const told = { ...after, id: raised, raisedAt: now };
      entries.push(told);
      news.push({ kind: "raised", entry: told });
    } else entries.push(after);
  }
  return { book: { raised, entries, past: [...over, ...book.past].slice(0, keptPast) }, news };
}

function begun({ code, about, what, since }: Finding, now: number): Entry {
  const times = { since: Math.min(since ?? now, now), firstSeenAt: now };
  return { id: 0, code, about, what, ...times, looks: 0, raisedAt: null, goneAt: null, flaps: 0, tried: [], told: [] };
}

/** The clock may go back: what was first seen in the future is seen now. */
function seen(entry: Entry, { what }: Finding, now: number): Entry {
  const flapped = entry.goneAt !== null && entry.raisedAt !== null;
  return {
    ...entry,
    what: entry.raisedAt === null ? what : entry.what,
    firstSeenAt: Math.min(entry.firstSeenAt, now),
    looks: entry.looks + 1,
    goneAt: null,
    flaps: entry.flaps + (flapped ? 1 : 0),
  };
}

/** One that was never told has to hold from the start again. */
function gone(entry: Entry, now: number): Entry | undefined {
  if (entry.raisedAt === null) return undefined;
  return { ...entry, goneAt: Math.min(entry.goneAt ?? now, now) };
}

function mayBeTold({ code, looks, firstSeenAt, raisedAt, goneAt }: Entry, { holdSeconds }: Patience, now: number) {
  if (raisedAt !== null || goneAt !== null || looks === 0) return false;
  const cause = causes[code];
  const declared = holdSeconds[code];
  const enough = declared === undefined ? looks >= cause.looks : true;
  return enough && now - firstSeenAt >= (declared ?? cause.holdSeconds) * 1000;
}

function isOver({ code, goneAt }: Entry, { goneSeconds }: Patience, now: number): boolean {
  return goneAt !== null && now - goneAt >= (goneSeconds ?? causes[code].goneSeconds) * 1000;
}

/** Alarms that are raised and not over. */
export function current(book: Book): Entry[] {
  return book.entries.filter(({ raisedAt }) => raisedAt !== null);
}

/** The book with something that was done about a cause, raised or not yet. */
export function withTried(book: Book, subject: Subject, tried: Entry["tried"][number]): Book {
  return changed(book, (entry) =>
    isAbout(entry, subject) ? { ...entry, tried: [...entry.tried, tried].slice(-keptTried) } : entry,
  );
}

/** The book with a channel that was told of an alarm, or could not be; only its last word counts. */
export function withTold(book: Book, id: number, told: Entry["told"][number]): Book {
  const add = (entry: Entry): Entry =>
    entry.id === id && id > 0
      ? { ...entry, told: [...entry.told.filter(({ channel }) => channel !== told.channel), told] }
      : entry;
  return { ...changed(book, add), past: book.past.map(add) };
}

function changed(book: Book, change: (entry: Entry) => Entry): Book {
  return { ...book, entries: book.entries.map(change) };
}

/** An entry as everybody sees it. One that is gone for a moment is raised still: `over` says when it is not. */
export function asAlarm(entry: Entry, next: string, over: boolean): Alarm {
  const { code, about, what, since, goneAt, tried, told, flaps } = entry;
  return {
    code,
    about,
    urgent: causes[code].urgent,
    state: over ? "resolved" : "raised",
    what,
    since: new Date(since).toISOString(),
    until: over && goneAt !== null ? new Date(goneAt).toISOString() : null,
    tried,
    next,
    told,
    flaps,
  };
}
