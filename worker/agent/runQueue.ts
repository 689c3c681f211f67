import { BotError } from "../errors.ts";

/**
 * Bounds the runs that Hermes works on at once: `limit` run, as many again wait, the rest is refused (429).
 * Order is kept. Who leaves the queue takes his place along.
 */
export class RunQueue {
  private readonly limit: number;
  private readonly longestWaitMs: number;
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private whenQuiet: (() => void)[] = [];

  constructor(limit: number, longestWaitMs: number) {
    this.limit = limit;
    this.longestWaitMs = longestWaitMs;
  }

  get active(): number {
    return this.running;
  }

  get queued(): number {
    return this.waiting.length;
  }

  /** Resolves at the next moment in which nothing runs, after `ms` at the latest. */
  async quiet(ms: number): Promise<void> {
    if (this.running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.whenQuiet.push(resolve);
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  }

  /** Waits for a place and returns the function that gives it back (calling it twice is harmless). @throws BotError `busy` */
  async enter(signal?: AbortSignal): Promise<() => void> {
    if (this.running < this.limit) return this.take();
    if (this.waiting.length >= this.limit) throw this.busy();
    await this.wait(signal);
    return this.leaver();
  }

  private take(): () => void {
    this.running++;
    return this.leaver();
  }

  /** A place changes hands without becoming free in between, so nobody overtakes. */
  private leaver(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
      if (this.running > 0) return;
      for (const resolve of this.whenQuiet) resolve();
      this.whenQuiet = [];
    };
  }

  private wait(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (error: Error) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        const place = this.waiting.indexOf(enter);
        if (place >= 0) this.waiting.splice(place, 1);
        reject(error);
      };
      const enter = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = () => leave(new Error("the client left the queue"));
      const timer = setTimeout(() => leave(this.busy()), this.longestWaitMs);
      signal?.addEventListener("abort", onAbort);
      this.waiting.push(enter);
    });
  }

  private busy(): BotError {
    return new BotError("busy", { limit: this.limit, queued: this.waiting.length, retryAfter: 5 });
  }
}
