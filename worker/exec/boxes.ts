/** The bot's Exec containers: leased to sessions, kept ready, ended. The one owner of which id has a container. */
import type { ExecPolicy } from "../declarationSchema.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { boxToLease, type Lease, type Leases } from "./leases.ts";
import type { Supervisor } from "./supervisor.ts";
import { settlesWithin } from "./waiting.ts";

/** A lease waits so long for a box that is on its way out, or for another session's idle one. */
const waitsForBoxMs = 15_000;
/** Holders are asked whether they still hold what they leased, once it is so old. */
const doubtedAfterMs = 300_000;

/** What the pool asks a session. */
export interface Holder {
  /** Whether it still knows of a lease. */
  holds(use: string): Promise<boolean>;
  /** Saves its workspace and gives its idle keeper back. False where it does not. */
  yieldKeeper(): Promise<boolean>;
}

export interface BoxesParts {
  readonly leases: Leases;
  readonly names: readonly string[];
  readonly policy: ExecPolicy;
  /** What containers are started with now. */
  readonly made: string;
  readonly supervisor: (box: string) => Supervisor;
  readonly holder: (session: string) => Holder;
  /** A container has ended that was paid for since then. */
  readonly spend: (since: number) => void;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
}

export class Boxes {
  private readonly parts: BoxesParts;
  private readonly ending = new Map<string, Promise<void>>();

  constructor(parts: BoxesParts) {
    this.parts = parts;
  }

  /** A box for a session's use; the same one when it is asked again. @throws BotError `execBusy` */
  async lease(session: string, use: string): Promise<string> {
    const { leases, made, now } = this.parts;
    const held = leases.held(session, use);
    if (held?.made === made) {
      leases.put({ ...held, askedAt: now() });
      return held.box;
    }
    // Whoever asks again has not used it yet.
    if (held !== undefined) this.end(held);
    const until = now() + waitsForBoxMs;
    for (let yielded = false; ; ) {
      const box = this.take(session, use);
      if (box !== undefined) return box;
      const leaving = [...this.ending.values()];
      if (leaving.length > 0 && now() < until) {
        await settlesWithin(Math.max(0, until - now()), Promise.race(leaving));
        continue;
      }
      if (yielded || !(await this.askForOne(session))) {
        throw new BotError("execBusy", { parallel: this.parts.policy.parallel, retryAfter: 30 });
      }
      yielded = true;
    }
  }

  /** A session needs what it leased no more. */
  release(session: string, use: string): void {
    const held = this.parts.leases.held(session, use);
    if (held !== undefined) this.end(held);
  }

  /** Ends a box, in the background; its id is free when its container is gone. */
  end(lease: Lease): void {
    this.parts.leases.put({ ...lease, state: "ending" });
    this.destroy(lease);
  }

  /** Goes on with what a reset interrupted, and takes back what its session no longer holds. */
  async tend(): Promise<void> {
    const { leases, now } = this.parts;
    const all = leases.all();
    for (const lease of all) if (lease.state === "ending") this.destroy(lease);
    const doubted = all.filter(({ state, askedAt }) => state === "leased" && now() - askedAt > doubtedAfterMs);
    for (const lease of doubted) await this.doubt(lease);
  }

  private take(session: string, use: string): string | undefined {
    const { leases, names, policy, made, now } = this.parts;
    const all = leases.all();
    const box = boxToLease(all, names, { ...policy, made });
    if (box === undefined) return undefined;
    const since = all.find((lease) => lease.box === box)?.since ?? now();
    leases.put({ box, state: "leased", session, use, made, since, askedAt: now() });
    return box;
  }

  /** Asks the other sessions, the one that has waited longest first, for a keeper that they do not use. */
  private async askForOne(session: string): Promise<boolean> {
    const { leases, holder, log } = this.parts;
    const keepers = leases.all().filter((lease) => lease.state === "leased" && lease.use === "keeper");
    for (const lease of keepers) {
      if (lease.session === session) continue;
      try {
        if (await holder(lease.session).yieldKeeper()) return true;
      } catch (error) {
        log("warn", "a session did not say whether its sandbox is idle", {
          session: lease.session,
          reason: reasonOf(error),
        });
      }
    }
    return false;
  }

  private destroy(lease: Lease): void {
    const { leases, supervisor, spend, inBackground } = this.parts;
    if (this.ending.has(lease.box)) return;
    const work = supervisor(lease.box)
      .destroy()
      .then(() => {
        leases.remove(lease.box);
        spend(lease.since);
      })
      .finally(() => this.ending.delete(lease.box));
    // Who waits for it looks again; a failure is logged below, and the alarm tries again.
    this.ending.set(
      lease.box,
      work.catch(() => {}),
    );
    inBackground(`the end of the sandbox ${lease.box}`, () => work);
  }

  private async doubt(lease: Lease): Promise<void> {
    const { leases, holder, log, now } = this.parts;
    const holds = await holder(lease.session).holds(lease.use);
    const current = leases.held(lease.session, lease.use);
    // Asked for meanwhile: it is held.
    if (current === undefined || current.box !== lease.box || current.askedAt !== lease.askedAt) return;
    if (holds) return leases.put({ ...current, askedAt: now() });
    log("warn", "a sandbox that its session no longer holds is taken back", { box: lease.box, session: lease.session });
    this.end(current);
  }
}
