/** Days and months that something is counted by, in UTC. Moments are milliseconds since the epoch. */

export const dayMs = 86_400_000;

/** Such as 2026-11-22. */
export function dayOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 10);
}

/** Such as 2026-11. */
export function monthOf(moment: number): string {
  return new Date(moment).toISOString().slice(0, 7);
}

/** When the day, or the month, of a moment is over. */
export function endOf(period: "day" | "month", moment: number): number {
  const at = new Date(moment);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  return period === "day" ? Date.UTC(year, month, at.getUTCDate() + 1) : Date.UTC(year, month + 1, 1);
}

/** When a day (`2026-11-22`) or a month (`2026-11`) began. */
export function beginOf(period: string): number {
  return Date.parse(period.length === 7 ? `${period}-01` : period);
}

/** From when to when a month (`2026-11`) has its days, as texts compare. A range finds them by a table's key, `LIKE` would read it all. */
export function daysOf(month: string): [from: string, to: string] {
  return [`${month}-01`, `${month}-99`];
}
