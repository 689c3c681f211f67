import { dayOf } from "../days.ts";
import { secondsOnLastDay } from "./limits.ts";

/** Container time of the day, of those that have ended. Those that run are added when it is asked for. */
export class Budget {
  private readonly storage: SyncKvStorage;

  constructor(storage: SyncKvStorage) {
    this.storage = storage;
  }

  /** A container has ended that was paid for since then. */
  spend(since: number, now: number): void {
    this.storage.put("budget", { day: dayOf(now), seconds: this.spent(now) + secondsOnLastDay(since, now) });
  }

  /** Seconds so far on this day (UTC), of containers that have ended and of those that run since the times given. */
  today(running: readonly number[], now: number): number {
    return running.reduce((sum, since) => sum + secondsOnLastDay(since, now), this.spent(now));
  }

  private spent(now: number): number {
    const kept = this.storage.get<{ day: string; seconds: number }>("budget");
    return kept?.day === dayOf(now) ? kept.seconds : 0;
  }
}
