/** Durations and points in time, for people. */

/** 850 ms, 4.2 s, 3 min, 5 h, 2 days. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120 * 60_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 48 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} days`;
}

/** `2026-11-01 12:00:00Z`; a dash when there is none. */
export function moment(value: string | number | null | undefined): string {
  const time = timeOf(value);
  return time === undefined
    ? "-"
    : time
        .toISOString()
        .replace("T", " ")
        .replace(/\.\d+Z$/, "Z");
}

/** `5 min ago` or `in 3 h`; empty when there is no time. */
export function relative(value: string | number | null | undefined, now: Date): string {
  const time = timeOf(value);
  if (time === undefined) return "";
  const distance = time.getTime() - now.getTime();
  return distance > 0 ? `in ${duration(distance)}` : `${duration(-distance)} ago`;
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** `90d`, `24h`, `30m`, `45s`, `2w` in seconds; undefined for anything else. */
export function secondsIn(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(text) ?? [];
  const seconds = unitSeconds[unit ?? ""];
  return seconds === undefined ? undefined : Number(count) * seconds;
}

function timeOf(value: string | number | null | undefined): Date | undefined {
  if (value === null || value === undefined) return undefined;
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
