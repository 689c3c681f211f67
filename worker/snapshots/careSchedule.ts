/** When the repository is tidied and when the memory is proven. Pure decisions; clocks may jump both ways. */

const hour = 3_600_000;
const day = 24 * hour;

/** What the schedule remembers of one kind of work. */
export interface CareTimes {
  /** When it was last done, or when there was first something to do. Milliseconds since the epoch. */
  readonly since: number;
  /** When the last attempt ended; null when there was none. */
  readonly attemptedAt: number | null;
  /** Attempts in a row that failed. */
  readonly failures: number;
}

/** Whether work that is wanted every so often should begin now. After a failure it is tried again in 1, 2, 4, … 24 hours. */
export function isWorkDue({ since, attemptedAt, failures }: CareTimes, everyMs: number, now: number): boolean {
  if (failures > 0 && attemptedAt !== null) {
    const pause = Math.min(day, hour * 2 ** (failures - 1));
    return attemptedAt > now || now - attemptedAt >= pause;
  }
  return since > now || now - since >= everyMs;
}

/** Care is due after a day, or after an hour already where the repository has so many index objects that opening it lasts. */
export function isCareDue(times: CareTimes, indexFiles: number, mostIndexFiles: number, now: number): boolean {
  return isWorkDue(times, indexFiles >= mostIndexFiles ? hour : day, now);
}

/** A drill is due after so many days. */
export function isDrillDue(times: CareTimes, drillDays: number, now: number): boolean {
  return isWorkDue(times, drillDays * day, now);
}
