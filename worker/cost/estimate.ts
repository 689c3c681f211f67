import type { Usage } from "./prices.ts";
import type { Size } from "./sizes.ts";

/** What of a stack's config decides its bill. */
export interface Shape {
  readonly sizes: { readonly hermes: Size; readonly exec: Size; readonly care: Size };
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
  /** Hours in which it runs commands, of those above. @default a quarter of them */
  readonly commandHoursPerDay?: number;
  /** Size of its home on R2, with its history. @default 0.5 */
  readonly storedGb?: number;
}

/** Of a stack that says nothing of it. */
export const usualUse = { hoursPerDay: 2, stretches: 1 } as const satisfies Pattern;

const daysPerMonth = 30;
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
  chatsPerHour: 20,
  /** Of the Worker and of objects, for a chat: model calls, snapshots, looks. */
  workerRequestsPerChat: 12,
  objectRequestsPerChat: 30,
  workerCpuMsPerRequest: 5,
  rowsWrittenPerChat: 20,
  rowsReadPerChat: 400,
  logLinesPerChat: 12,
  /** An object of 128 MB. */
  objectGb: 0.125,
  /** One of the SDK and one of ours stay in memory with each container. */
  objectsPerContainer: 2,
  /** Of all objects together. */
  objectsStoredGb: 0.05,
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
  const { sizes, snapshotMinutes, drillDays, execIdleMinutes } = shape;
  const { hoursPerDay, storedGb = 0.5 } = pattern;
  const awake = awakeHours(shape, pattern);
  const stretches = shape.sleepAfterSeconds === null ? 0 : stretchesOf(pattern);
  const busy = Math.min(hoursPerDay, awake);
  const commands = Math.min(pattern.commandHoursPerDay ?? hoursPerDay / 4, 24);
  const commandTail = commands > 0 ? (Math.max(stretches, 1) * execIdleMinutes) / 60 : 0;
  const boxes = [
    { size: sizes.hermes, hours: awake, vcpuHours: busy * assumed.busyVcpu + (awake - busy) * assumed.idleVcpu },
    { size: sizes.exec, hours: commands + commandTail, vcpuHours: commands * assumed.commandVcpu },
    {
      size: sizes.care,
      hours: assumed.care.minutes / 60,
      vcpuHours: (assumed.care.minutes / 60) * assumed.commandVcpu,
    },
  ];
  const seconds = (of: (box: (typeof boxes)[number]) => number) =>
    boxes.reduce((sum, box) => sum + of(box), 0) * hour * daysPerMonth;
  const chats = busy * assumed.chatsPerHour * daysPerMonth;
  const ticks = ((24 * 60) / assumed.cronMinutes) * daysPerMonth;
  const snapshots = ((busy * 60) / snapshotMinutes) * daysPerMonth + stretches * daysPerMonth;
  const restores = stretches * daysPerMonth + daysPerMonth / drillDays;
  const r2 = (of: "classA" | "classB") =>
    snapshots * assumed.snapshot[of] + restores * assumed.restore[of] + daysPerMonth * assumed.care[of];
  // The Agent and its box are in memory while the container runs, Exec's session and box while commands run.
  const objectHours = assumed.objectsPerContainer * (awake + commands + commandTail);
  const requests = chats * assumed.workerRequestsPerChat + ticks;
  return {
    memoryGibSeconds: seconds(({ size, hours }) => size.memoryGib * hours),
    diskGbSeconds: seconds(({ size, hours }) => size.diskGb * hours),
    vcpuSeconds: seconds(({ vcpuHours }) => vcpuHours),
    egressGb: chats * 0.0005 + snapshots * 0.002,
    workerRequests: requests,
    workerCpuMs: requests * assumed.workerCpuMsPerRequest,
    objectRequests: chats * assumed.objectRequestsPerChat + ticks * 3,
    objectGbSeconds: objectHours * hour * daysPerMonth * assumed.objectGb,
    rowsRead: chats * assumed.rowsReadPerChat + ticks * 50,
    rowsWritten: chats * assumed.rowsWrittenPerChat + ticks * 2,
    objectStoredGb: assumed.objectsStoredGb,
    r2ClassA: r2("classA"),
    r2ClassB: r2("classB"),
    r2StoredGb: storedGb,
    logEvents: chats * assumed.logLinesPerChat + ticks,
  };
}
