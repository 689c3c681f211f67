/** What would be cheaper, or is too small, going by what was measured. */
import * as z from "zod";
import { type ApplicationName, applications } from "../bindings.ts";
import { billOf } from "../cost/bill.ts";
import { assumed, daysPerMonth } from "../cost/estimate.ts";
import type { Usage } from "../cost/prices.ts";
import { bytesPerGib, type InstanceType, instanceTypeNames, instanceTypes, type Size } from "../cost/sizes.ts";
import { inWords } from "../words.ts";
import type { Used } from "./book.ts";

/** Something to set in the stack's configuration. */
export const hintSchema = z.object({
  /** Such as `sizes.hermes`, without the stack's prefix. */
  key: z.string(),
  value: z.string(),
  /** Dollars a month that it would save; less than 0: it costs more. */
  saves: z.number(),
  /** A sentence. */
  why: z.string(),
});
export type Hint = z.infer<typeof hintSchema>;

/** Of what was used at most, so much more has to fit: what is seen each few minutes is not all that there was. */
const room = { memory: 1.5, disk: 1.25 };
/** From this share of its memory on, a container is too small. */
const full = 0.9;
/** Hours of a container before its size is judged. */
const enoughHours = 10;
/** Less is not worth a line. */
const leastDollars = 0.5;
/** Values of `sleepAfter` that are tried, seconds. */
const tried = { "10m": 600, "30m": 1_800, "1h": 3_600, "2h": 7_200, "4h": 14_400 } as const;
/** More starts from cold than these a day would be a nuisance. */
const mostWakesPerDay = 4;
/** Gaps say something of a bot's days when there are so many. */
const enoughGaps = 5;
/** Days of gaps that are asked for. */
export const gapDays = 30;

/** What a hint goes by. */
export interface Seen {
  readonly sizes: Readonly<Record<ApplicationName, Size>>;
  readonly parties: readonly Used[];
  /** Of the whole month, if it goes on so. */
  readonly month: Usage;
  /** From what was counted to the whole month. */
  readonly times: number;
  /** Idle seconds before it sleeps; null = never. */
  readonly sleepAfterSeconds: number | null;
  /** Whether it may sleep at all: a bot with a chat platform may not. */
  readonly maySleep: boolean;
  /** Seconds of each while in which nobody used it, over {@link days}. */
  readonly gaps: readonly number[];
  /** Days that `gaps` is of, at most {@link gapDays}. */
  readonly days: number;
}

/** What could be set otherwise, the largest saving first. */
export function hintsOf(seen: Seen): Hint[] {
  const sizes = applications.map((of) => sizeHint(of, seen));
  return [...sizes, sleepHint(seen)].filter((hint) => hint !== undefined).toSorted((a, b) => b.saves - a.saves);
}

function sizeHint(of: ApplicationName, { sizes, parties, month, times }: Seen): Hint | undefined {
  const used = parties.find((party) => party.of === of);
  const { memoryBytes, diskBytes = 0 } = used?.levels ?? {};
  const seconds = used?.amounts.containerSeconds ?? 0;
  if (memoryBytes === undefined || seconds < enoughHours * 3_600) return undefined;
  const size = sizes[of];
  if (!isOfSize(used, size)) return undefined;
  const disk = diskBytes / 1e9;
  const memory = memoryBytes / bytesPerGib;
  const fits = (other: Size) => other.memoryGib >= memory * room.memory && other.diskGb >= disk * room.disk;
  const saves = (other: Size) => billOf(month).total - billOf(resized(month, seconds * times, size, other)).total;
  const peak = `${of} used at most ${memory.toFixed(2)} of ${size.memoryGib} GiB memory in ${inWords(seconds * 1_000)}`;
  if (memory >= size.memoryGib * full) {
    const larger = named((other) => other.memoryGib > size.memoryGib && fits(other));
    if (larger === undefined) return undefined;
    return { ...setting(of, larger), saves: saves(instanceTypes[larger]), why: `${peak}: it is nearly full.` };
  }
  // What a command takes between two looks is not seen: less memory might end it.
  if (of === "exec") return undefined;
  const smaller = named((other) => other.memoryGib < size.memoryGib && fits(other));
  if (smaller === undefined || saves(instanceTypes[smaller]) < leastDollars) return undefined;
  const { vcpu } = instanceTypes[smaller];
  const slower = vcpu < size.vcpu ? ` It has ${vcpu} instead of ${size.vcpu} vCPU: starts and tools take longer.` : "";
  return { ...setting(of, smaller), saves: saves(instanceTypes[smaller]), why: `${peak}.${slower}` };
}

/** Whether all that was counted is of this size: where it was changed in the month, what was seen is of another, too. */
function isOfSize(used: Used | undefined, { memoryGib, diskGb }: Size): boolean {
  const { containerSeconds = 0, memoryGibSeconds = 0, diskGbSeconds = 0 } = used?.amounts ?? {};
  const isNear = (amount: number, each: number) => Math.abs(amount / (containerSeconds * each) - 1) < 0.01;
  return isNear(memoryGibSeconds, memoryGib) && isNear(diskGbSeconds, diskGb);
}

function setting(of: string, value: InstanceType): Pick<Hint, "key" | "value"> {
  return { key: `sizes.${of}`, value };
}

/** The smallest instance type that does. */
function named(does: (size: Size) => boolean): InstanceType | undefined {
  return instanceTypeNames.find((name) => does(instanceTypes[name]));
}

/** A month in which the containers of one kind had another size. */
function resized(month: Usage, seconds: number, from: Size, to: Size): Usage {
  return {
    ...month,
    memoryGibSeconds: month.memoryGibSeconds + seconds * (to.memoryGib - from.memoryGib),
    diskGbSeconds: month.diskGbSeconds + seconds * (to.diskGb - from.diskGb),
  };
}

function sleepHint({ sizes, month, sleepAfterSeconds, maySleep, gaps, days }: Seen): Hint | undefined {
  if (!maySleep || gaps.length < enoughGaps || days < 1) return undefined;
  const now = sleepAfterSeconds ?? Number.POSITIVE_INFINITY;
  const options = Object.entries(tried).flatMap(([value, seconds]) => {
    const wakes = gaps.filter((gap) => gap > seconds && gap <= now).length;
    if (seconds >= now || wakes / days > mostWakesPerDay) return [];
    const idle = gaps.reduce((sum, gap) => sum + Math.min(gap, now) - Math.min(gap, seconds), 0);
    const saves = billOf(month).total - billOf(rested(month, (idle / days) * daysPerMonth, sizes.hermes)).total;
    return [{ value, saves, wakes, idle }];
  });
  const best = options.toSorted((a, b) => b.saves - a.saves)[0];
  if (best === undefined || best.saves < leastDollars) return undefined;
  const { value, saves, wakes, idle } = best;
  const why = `In ${days.toFixed(0)} days it was awake for ${inWords(idle * 1_000)} more than with it, while nobody used it; ${wakes} more starts would have been waited for.`;
  return { key: "sleepAfter", value, saves, why };
}

/** A month in which Hermes' container slept so many seconds more. */
function rested(month: Usage, seconds: number, { memoryGib, diskGb }: Size): Usage {
  return {
    ...month,
    memoryGibSeconds: Math.max(0, month.memoryGibSeconds - seconds * memoryGib),
    diskGbSeconds: Math.max(0, month.diskGbSeconds - seconds * diskGb),
    vcpuSeconds: Math.max(0, month.vcpuSeconds - seconds * assumed.idleVcpu),
    objectGbSeconds: Math.max(0, month.objectGbSeconds - seconds * assumed.objectsPerContainer * assumed.objectGb),
  };
}
