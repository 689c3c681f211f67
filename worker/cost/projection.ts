import { beginOf, dayMs, endOf } from "../days.ts";

/** Less than this says nothing of a month. */
const leastMs = dayMs;

/**
 * How many times what was counted so far a month (`2026-11`) comes to, if it goes on so; 1 for one that is over, null while too
 * little of it was counted. `firstDay`: the first on which anything was counted.
 */
export function projection(month: string, firstDay: string, now: number): number | null {
  const begin = Math.max(beginOf(month), beginOf(firstDay));
  const end = endOf("month", beginOf(month));
  if (now >= end) return 1;
  const counted = now - begin;
  return counted < leastMs ? null : 1 + (end - now) / counted;
}
