/** When the next snapshot is due, and when it is late. Pure decisions; `saver.ts` acts on them. Clocks may jump both ways. */

const minute = 60_000;
const longestPauseMs = 30 * minute;
/** A snapshot that is missing for as many intervals is an alarm. */
const lateAfterIntervals = 3;

/** What the schedule remembers of the runs before. */
export interface Schedule {
  /** Everything that happened before this moment is saved; null before the first boot or restore. Milliseconds since the epoch. */
  readonly savedAt: number | null;
  /** When the last attempt ended; null when there was none. */
  readonly attemptedAt: number | null;
  /** Attempts in a row that did not save. */
  readonly failures: number;
}

export const blankSchedule: Schedule = { savedAt: null, attemptedAt: null, failures: 0 };

/** Milliseconds between a failed attempt and the next: 1, 2, 4, … 30 minutes. */
export function pauseAfter(failures: number): number {
  return Math.min(longestPauseMs, minute * 2 ** (failures - 1));
}

/** Whether a snapshot should be made now. A time in the future means that the clock went back: then it is due. */
export function isDue({ savedAt, attemptedAt, failures }: Schedule, intervalMs: number, now: number): boolean {
  const last = attemptedAt ?? savedAt;
  if (last === null || last > now) return true;
  return now - last >= (failures > 0 ? pauseAfter(failures) : intervalMs);
}

/** Whether a running bot has been without a saved state for too long. */
export function isLate({ savedAt }: Schedule, intervalMs: number, now: number): boolean {
  return savedAt !== null && now - savedAt > lateAfterIntervals * intervalMs;
}
