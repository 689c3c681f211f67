/** What must hold after each fault: see the README of this folder. */
import { type Counts, type Life, missing, mustHold, readLives } from "./journal.ts";
import type { Stage, Status } from "./stage.ts";

/** A promise that was broken. */
export class Broken extends Error {
  override readonly name = "Broken";
}

/** A promoted snapshot as it was first seen. */
export interface Promised {
  readonly id: string;
  /** When its run began, by the machine's clock, milliseconds. */
  readonly moment: number;
  readonly must: Counts;
}

/** Follows a stage: what was promoted, and what must be in it. */
export class Watchman {
  readonly #stage: Stage;
  readonly #promised = new Map<string, Promised>();
  #seenLives = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  get promised(): readonly Promised[] {
    return [...this.#promised.values()];
  }

  /** Notes what is promoted now. `clockMs` is how far the Worker's clock was off when it was made. */
  note(status: Status, clockMs = 0): string | undefined {
    const { promoted } = status.memory;
    if (promoted === null) return undefined;
    if (!this.#promised.has(promoted.id)) {
      const moment = Date.parse(promoted.at) - clockMs;
      this.#promised.set(promoted.id, { id: promoted.id, moment, must: mustHold(this.lives(), moment) });
    }
    return promoted.id;
  }

  lives(): Life[] {
    return readLives(this.#stage.journal);
  }

  /** Every life since the last look began with a home that was whole. `allowed` says which snapshots it may have been. */
  async beganWhole(allowed: (id: string) => boolean): Promise<number> {
    const lives = this.lives();
    const fresh = lives.slice(this.#seenLives);
    const earlier = this.#seenLives;
    this.#seenLives = lives.length;
    for (const [at, life] of fresh.entries()) this.#judge(life, lives[earlier + at - 1], allowed);
    return fresh.length;
  }

  #judge({ found, marker, life, at }: Life, before: Life | undefined, allowed: (id: string) => boolean): void {
    if (found.wrong.length > 0) throw new Broken(`the home of ${life} is not whole: ${found.wrong.join("; ")}`);
    const promised = this.promised.filter(({ moment }) => moment < at);
    if (marker.phase === "first-boot" && marker.boot !== before?.marker.boot && promised.length > 0)
      throw new Broken(`a fresh start although ${promised.length} snapshots were promoted`);
    if (marker.phase === "restoring") throw new Broken("a gateway over a home that is being restored");
    if (marker.boot === before?.marker.boot) {
      // Another gateway in the same container: nothing at all may be missing.
      const lost = missing(mustHold([before], Number.POSITIVE_INFINITY), found.entries);
      if (lost.length > 0) throw new Broken(`lost without a restart of the container: ${lost.join("; ")}`);
      return;
    }
    if (marker.phase !== "restored") return;
    const id = marker.snapshot ?? "";
    const promise = this.#promised.get(id);
    if (promise === undefined) throw new Broken(`the home is snapshot ${id.slice(0, 8)}, which was never promoted`);
    if (!allowed(id)) throw new Broken(`the home is snapshot ${id.slice(0, 8)}, which is not the promoted one`);
    const lost = missing(promise.must, found.entries);
    if (lost.length > 0)
      throw new Broken(`snapshot ${id.slice(0, 8)} lacks what was acknowledged before it: ${lost.join("; ")}`);
    if (found.ballast === 0) throw new Broken("files that never change are gone");
  }

  /** Whether one promise is at least as new as another. */
  notOlder(id: string, than: string): boolean {
    const [one, other] = [this.#promised.get(id), this.#promised.get(than)];
    return one !== undefined && other !== undefined && one.moment >= other.moment - 1;
  }

  /** Every promoted snapshot's object still lies in the bucket. */
  async nothingGone(except: ReadonlySet<string> = new Set()): Promise<void> {
    const there = new Set((await this.#stage.keys("snapshots/")).map(({ key }) => key.slice("snapshots/".length)));
    const gone = this.promised.filter(({ id }) => !there.has(id) && !except.has(id));
    if (gone.length > 0) throw new Broken(`${gone.length} promoted snapshots are gone from the bucket: ${gone[0]?.id}`);
  }
}
