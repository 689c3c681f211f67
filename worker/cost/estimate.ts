import type { ApplicationName } from "../bindings.ts";
import type { Usage } from "./prices.ts";
import type { Size } from "./sizes.ts";

/** What of a stack's config decides its bill. */
export interface Shape {
  readonly sizes: Readonly<Record<ApplicationName, Size>>;
  /** Idle seconds before the bot sleeps; null = it never does. */
  readonly sleepAfterSeconds: number | null;
  /** Minutes between two looks whether the memory has changed. */
  readonly snapshotMinutes: number;
  /** Days between two trial restores. */
  readonly drillDays: number;
  /** Minutes after a session's last command until its sandbox goes. */
  readonly execIdleMinutes: number;
}

/** How the bot is used on a day. */
export interface Pattern {
  /** Hours in which somebody, or a job, talks to it. */
  readonly hoursPerDay: number;
  /** Stretches that these hours come in; after each the bot stays awake for its `sleepAfter`. @default 1 */
  readonly stretches?: number;
  /** Hours in which it runs commands, of those above. @default {@link assumed.commandShare} of them */
  readonly commandHoursPerDay?: number;
  /** Size of its home on R2, with its history. @default {@link assumed.storedGb} */
  readonly storedGb?: number;
}

/** Of a stack that says nothing of it. */
export const usualUse = { hoursPerDay: 2, stretches: 1 } as const satisfies Pattern;

/** Of the month that is estimated. */
export const daysPerMonth = 30;
const hour = 3_600;

/**
 * What is assumed where nothing is declared or counted yet. Measured: `bench/README.md` (operations) for R2, ten Hermes agents at 1% CPU for an
 * idle gateway (reference: anchors, 1.1). Guessed: the rest, which together is cents.
 */
export const assumed = {
  cronMinutes: 5,
  idleVcpu: 0.01,
  /** While somebody talks to it; the model's thinking is waited for, not computed. */
  busyVcpu: 0.1,
  commandVcpu: 0.1,
  /** Of the hours in use, those in which it runs commands. */
  commandShare: 1 / 4,
  chatsPerHour: 20,
  /** Of the Worker and of objects, for a chat: model calls, snapshots, looks. */
  workerRequestsPerChat: 12,
  objectRequestsPerChat: 30,
  workerCpuMsPerRequest: 5,
  rowsWrittenPerChat: 20,
  rowsReadPerChat: 400,
  logLinesPerChat: 12,
  egressGbPerChat: 0.0005,
  egressGbPerSnapshot: 0.002,
  /** Of objects, each time the Worker's clock ticks. */
  tick: { objectRequests: 3, rowsRead: 50, rowsWritten: 2 },
  /** An object of 128 MB. */
  objectGb: 0.125,
  /** One of the SDK and one of ours stay in memory with each container. */
  objectsPerContainer: 2,
  /** Of all objects together. */
  objectsStoredGb: 0.05,
  storedGb: 0.5,
  snapshot: { classA: 11, classB: 6 },
  restore: { classA: 2, classB: 14 },
  /** A day's tidying of the repository, and how long its container runs. */
  care: { classA: 30, classB: 60, minutes: 3 },
} as const;

/** Hours a day that the bot is awake: those in use, and what `sleepAfter` adds to each stretch of them. */
export function awakeHours({ sleepAfterSeconds }: Pick<Shape, "sleepAfterSeconds">, pattern: Pattern): number {
  if (sleepAfterSeconds === null) return 24;
  return Math.min(24, pattern.hoursPerDay + (stretchesOf(pattern) * sleepAfterSeconds) / hour);
}

/** A bot that nobody uses has none. */
function stretchesOf({ hoursPerDay, stretches = 1 }: Pattern): number {
  return hoursPerDay > 0 ? stretches : 0;
}

/** What Cloudflare would count in a month of 30 days. */
export function usageOf(shape: Shape, pattern: Pattern): Usage {
  return { ...containersOf(shape, pattern), ...requestsOf(shape, pattern), ...bucketOf(shape, pattern) };
}

/** What becomes of the hours of a day. */
function hoursOf(shape: Shape, pattern: Pattern) {
  const awake = awakeHours(shape, pattern);
  /** Times that it falls asleep. */
  const sleeps = shape.sleepAfterSeconds === null ? 0 : stretchesOf(pattern);
  const commands = Math.min(pattern.commandHoursPerDay ?? pattern.hoursPerDay * assumed.commandShare, 24);
  /** In which a sandbox waits for another command. */
  const waits = commands > 0 ? (Math.max(sleeps, 1) * shape.execIdleMinutes) / 60 : 0;
  return { awake, busy: Math.min(pattern.hoursPerDay, awake), sleeps, commands, sandboxes: commands + waits };
}

/** How often something happens in a month. */
function timesOf(shape: Shape, pattern: Pattern) {
  const { busy, sleeps } = hoursOf(shape, pattern);
  return {
    chats: busy * assumed.chatsPerHour * daysPerMonth,
    ticks: ((24 * 60) / assumed.cronMinutes) * daysPerMonth,
    snapshots: ((busy * 60) / shape.snapshotMinutes + sleeps) * daysPerMonth,
    restores: (sleeps + 1 / shape.drillDays) * daysPerMonth,
  };
}

function containersOf(
  shape: Shape,
  pattern: Pattern,
): Pick<Usage, "memoryGibSeconds" | "diskGbSeconds" | "vcpuSeconds" | "egressGb" | "objectGbSeconds"> {
  const { awake, busy, commands, sandboxes } = hoursOf(shape, pattern);
  const { chats, snapshots } = timesOf(shape, pattern);
  const { hermes, exec, care } = shape.sizes;
  const tidying = assumed.care.minutes / 60;
  const boxes = [
    { size: hermes, hours: awake, vcpuHours: busy * assumed.busyVcpu + (awake - busy) * assumed.idleVcpu },
    { size: exec, hours: sandboxes, vcpuHours: commands * assumed.commandVcpu },
    { size: care, hours: tidying, vcpuHours: tidying * assumed.commandVcpu },
  ];
  const seconds = (of: (box: (typeof boxes)[number]) => number) =>
    boxes.reduce((sum, box) => sum + of(box), 0) * hour * daysPerMonth;
  // The Agent and its box are in memory while the container runs, Exec's session and box while commands run.
  const objectHours = assumed.objectsPerContainer * (awake + sandboxes);
  return {
    memoryGibSeconds: seconds(({ size, hours }) => size.memoryGib * hours),
    diskGbSeconds: seconds(({ size, hours }) => size.diskGb * hours),
    vcpuSeconds: seconds(({ vcpuHours }) => vcpuHours),
    egressGb: chats * assumed.egressGbPerChat + snapshots * assumed.egressGbPerSnapshot,
    objectGbSeconds: objectHours * hour * daysPerMonth * assumed.objectGb,
  };
}

function requestsOf(
  shape: Shape,
  pattern: Pattern,
): Pick<
  Usage,
  "workerRequests" | "workerCpuMs" | "objectRequests" | "rowsRead" | "rowsWritten" | "objectStoredGb" | "logEvents"
> {
  const { chats, ticks } = timesOf(shape, pattern);
  const workerRequests = chats * assumed.workerRequestsPerChat + ticks;
  return {
    workerRequests,
    workerCpuMs: workerRequests * assumed.workerCpuMsPerRequest,
    objectRequests: chats * assumed.objectRequestsPerChat + ticks * assumed.tick.objectRequests,
    rowsRead: chats * assumed.rowsReadPerChat + ticks * assumed.tick.rowsRead,
    rowsWritten: chats * assumed.rowsWrittenPerChat + ticks * assumed.tick.rowsWritten,
    objectStoredGb: assumed.objectsStoredGb,
    logEvents: chats * assumed.logLinesPerChat + ticks,
  };
}

function bucketOf(shape: Shape, pattern: Pattern): Pick<Usage, "r2ClassA" | "r2ClassB" | "r2StoredGb"> {
  const { snapshots, restores } = timesOf(shape, pattern);
  const operations = (of: "classA" | "classB") =>
    snapshots * assumed.snapshot[of] + restores * assumed.restore[of] + daysPerMonth * assumed.care[of];
  return {
    r2ClassA: operations("classA"),
    r2ClassB: operations("classB"),
    r2StoredGb: pattern.storedGb ?? assumed.storedGb,
  };
}
