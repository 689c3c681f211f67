/** Days and months that something is counted by, in UTC. Moments are milliseconds since the epoch. */

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
