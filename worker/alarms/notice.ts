/** What is told: sentences for a person, fields for a program. Pure. */
import * as z from "zod";
import { alarmCodes } from "../declarationSchema.ts";
import { inWords, moment } from "../words.ts";
import { triedSchema } from "./alarm.ts";
import type { News } from "./book.ts";
import { causes } from "./causes.ts";

export const noticeSchema = z.object({
  /** The same however often it is sent: a receiver that has it may leave out the second. */
  id: z.string(),
  kind: z.enum(["raised", "resolved", "summary", "test"]),
  /** Number of the alarm in the book; 0: about none, or several. */
  alarm: z.number(),
  code: z.enum(alarmCodes).nullable(),
  about: z.string(),
  urgent: z.boolean(),
  /** When it was made, ISO 8601. */
  at: z.string(),
  since: z.string().nullable(),
  until: z.string().nullable(),
  /** One line. */
  title: z.string(),
  /** All of it, several lines. */
  text: z.string(),
  /** What to type. */
  next: z.string().nullable(),
  tried: z.array(triedSchema),
  flaps: z.number(),
});
export type Notice = z.infer<typeof noticeSchema>;

/** Notices that quiet hours hold back. */
export const heldSchema = z.array(noticeSchema);

/** Whose alarms these are. */
export interface Origin {
  readonly bot: string;
  readonly stack: string;
}

/** The command of a cause, for this bot. */
export function nextOf(code: (typeof alarmCodes)[number], { stack }: Origin): string {
  const [command = "", ...rest] = causes[code].type.split(" -- "); // what follows is another program's
  return [`${command} --stack ${stack}`, ...rest].join(" -- ");
}

/** An alarm, or its end, as it is told. */
export function noticeOf({ kind, entry }: News, origin: Origin, now: number, more?: string): Notice {
  const { id, code, about, since, goneAt, tried, flaps, what } = entry;
  const next = nextOf(code, origin);
  const title = `${origin.bot}: ${kind === "raised" ? what : `over: ${what}`}`;
  const lines = kind === "raised" ? raisedLines(entry, next, more) : resolvedLines(entry, now);
  return {
    ...{ id: `${origin.bot}.${id}.${kind}`, kind, alarm: id, code, about, urgent: causes[code].urgent },
    at: new Date(now).toISOString(),
    since: new Date(since).toISOString(),
    until: kind === "resolved" ? new Date(goneAt ?? now).toISOString() : null,
    title,
    text: [`${kind === "raised" ? "ALARM" : "RESOLVED"} ${title}`, ...lines].join("\n"),
    next: kind === "raised" ? next : null,
    ...{ tried, flaps },
  };
}

function raisedLines({ code, since, tried }: News["entry"], next: string, more: string | undefined): string[] {
  const { means, look } = causes[code];
  return [
    `Since ${moment(since)} (${code}). ${means}`,
    ...triedLines(tried),
    ...(more === undefined ? [] : [more]),
    `Look at: ${look}`,
    `Type: ${next}`,
  ];
}

function resolvedLines({ code, since, goneAt, tried, flaps }: News["entry"], now: number): string[] {
  const end = goneAt ?? now;
  const mended = tried.findLast(({ outcome }) => outcome !== "");
  const by = mended === undefined ? "It ended by itself." : `What was done last: ${mended.what}: ${mended.outcome}.`;
  const flapped = flaps === 0 ? "" : ` It came back ${flaps === 1 ? "once" : `${flaps} times`} meanwhile.`;
  return [`It lasted ${inWords(end - since)}, from ${moment(since)} to ${moment(end)} (${code}).${flapped}`, by];
}

function triedLines(tried: News["entry"]["tried"]): string[] {
  if (tried.length === 0) return ["Nothing was tried about it yet."];
  return tried.slice(-3).map(({ at, what, outcome }) => `Tried at ${moment(Date.parse(at))}: ${what}: ${outcome}`);
}

/** What quiet hours held back, as one. */
export function summaryOf(held: readonly Notice[], id: string, origin: Origin, now: number): Notice {
  const stories = held.filter(({ kind, alarm }) => {
    const ended = kind === "raised" && held.some((one) => one.kind === "resolved" && one.alarm === alarm);
    return !ended; // its end tells of its beginning, too
  });
  const lines = stories.map(({ kind, since, until, title, next, alarm }) => {
    const what = title.replace(/^.*?: (over: )?/, "");
    const from = moment(Date.parse(since ?? ""));
    const begunBefore = kind === "resolved" && !held.some((one) => one.kind === "raised" && one.alarm === alarm);
    if (kind === "raised") return `- STILL SO since ${from}: ${what} Type: ${next ?? ""}`;
    const lasted = inWords(Date.parse(until ?? "") - Date.parse(since ?? ""));
    return `- ${begunBefore ? "over" : "began and ended"}, ${from}, lasted ${lasted}: ${what}`;
  });
  const open = stories.some(({ kind }) => kind === "raised");
  const title = `${origin.bot}: ${stories.length} ${stories.length === 1 ? "alarm" : "alarms"} during the quiet hours`;
  return {
    ...{
      id,
      kind: "summary",
      alarm: 0,
      code: null,
      about: "",
      since: null,
      until: null,
      next: null,
      tried: [],
      flaps: 0,
    },
    urgent: open && stories.some(({ kind, urgent }) => kind === "raised" && urgent),
    at: new Date(now).toISOString(),
    title,
    text: [title, ...lines].join("\n"),
  };
}

/** What `alarms test` sends. */
export function testNotice(origin: Origin, now: number): Notice {
  const title = `${origin.bot}: this is a test. Alarms of this bot arrive here.`;
  return {
    ...{ id: `${origin.bot}.test.${now}`, kind: "test", alarm: 0, code: null, about: "", urgent: false },
    ...{ at: new Date(now).toISOString(), since: null, until: null, title, text: `TEST ${title}` },
    ...{ next: `./talaria alarms --stack ${origin.stack}`, tried: [], flaps: 0 },
  };
}
