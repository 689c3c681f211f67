/** Fires cron expressions at the beginning of each minute that they name. */
import type { Cron } from "./cron.ts";

const minute = 60_000;

export class Clock {
  readonly #fire: (cron: string, at: Date) => void;
  readonly #now: () => number;
  #crons: readonly Cron[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(fire: (cron: string, at: Date) => void, now: () => number = Date.now) {
    this.#fire = fire;
    this.#now = now;
  }

  /** Replaces the expressions. */
  set(crons: readonly Cron[]): void {
    this.#crons = crons;
    this.stop();
    if (crons.length > 0) this.#waitForNextMinute();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #waitForNextMinute(): void {
    const due = Math.floor(this.#now() / minute + 1) * minute;
    this.#timer = setTimeout(() => {
      const at = new Date(due);
      for (const cron of this.#crons) if (cron.matches(at)) this.#fire(cron.expression, at);
      this.#waitForNextMinute();
    }, due - this.#now());
    this.#timer.unref();
  }
}
