/** Quiet hours: from when to when, in a time zone, nothing is told. Pure. */
import type { AlarmPolicy } from "../declarationSchema.ts";

type QuietHours = NonNullable<AlarmPolicy["quietHours"]>;

const dayMinutes = 24 * 60;

/** When the quiet hours that are now end, milliseconds since the epoch; null outside them. */
export function quietUntil(hours: QuietHours | undefined, now: number): number | null {
  if (hours === undefined) return null;
  const [from, to] = [minutesOf(hours.from), minutesOf(hours.to)];
  const local = localMinutes(now, hours.timezone);
  const isQuiet = from <= to ? local >= from && local < to : local >= from || local < to;
  if (!isQuiet) return null;
  const minute = now - (now % 60_000);
  const end = minute + between(local, to) * 60_000;
  // Where a clock is put forward or back meanwhile, the day is not 24 hours long.
  const off = between(localMinutes(end, hours.timezone), to);
  return end + (off > dayMinutes / 2 ? off - dayMinutes : off) * 60_000;
}

/** Whether a time zone is one of IANA's that this runtime knows. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: name }) !== undefined;
  } catch {
    return false; // what it throws is the answer
  }
}

const between = (from: number, to: number) => (to - from + dayMinutes) % dayMinutes;

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

function localMinutes(at: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  return minutesOf(format.format(at));
}
