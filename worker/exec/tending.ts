/** A session's alarm: whatever a reset, a vanished plugin or a container's end left behind is found and finished here. */
import type { ExecPolicy } from "../declarationSchema.ts";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { jobDue, keeperDue, sessionEndsAt } from "./dues.ts";
import type { Ends } from "./ends.ts";
import { cancelledEnd, type Job, type Jobs } from "./jobs.ts";
import type { Keeper } from "./keeper.ts";
import type { Orders } from "./orders.ts";
import type { Placing } from "./placing.ts";
import type { Reading } from "./reading.ts";

export interface TendingParts {
  readonly policy: ExecPolicy;
  readonly jobs: Jobs;
  readonly keeper: Keeper;
  readonly placing: Placing;
  readonly reading: Reading;
  readonly ends: Ends;
  readonly orders: Orders;
  /** When a command last began. */
  readonly lastUseAt: () => number;
  /** Whether an unfinished job is in the keeper, or on its way there. */
  readonly hasWork: () => boolean;
  /** The session has nothing left: its copies, its place in the list. */
  readonly removeAll: () => Promise<void>;
  readonly log: Log;
  readonly now: () => number;
}

export class Tending {
  private readonly parts: TendingParts;

  constructor(parts: TendingParts) {
    this.parts = parts;
  }

  /** Does what is due. */
  async tend(): Promise<void> {
    const { jobs, keeper, placing, policy, hasWork, lastUseAt, removeAll, now } = this.parts;
    for (const job of jobs.all()) {
      const { due } = jobDue(job, placing.flight(job.id) !== undefined, now());
      if (due !== undefined) await this.attempt(`the job ${job.id}`, () => this.act(job, due));
    }
    const { record } = keeper;
    if (record !== undefined) {
      const { due } = keeperDue(record, hasWork(), policy, now());
      if (due === "save") await keeper.trySave();
      if (keeper.isOutdated) await this.attempt("an outdated sandbox", () => keeper.giveBack("changed"));
      else if (due === "giveBack") await this.attempt("an idle sandbox", () => keeper.giveBack("idle"));
    } else if (lastUseAt() > 0 && now() >= sessionEndsAt(lastUseAt(), policy)) {
      await this.attempt("the end of a session", removeAll);
    }
  }

  /** When something is next due. Null where nothing ever is. */
  next(): number | null {
    const { jobs, keeper, placing, policy, hasWork, lastUseAt, now } = this.parts;
    const times = jobs.all().map((job) => jobDue(job, placing.flight(job.id) !== undefined, now()).next);
    const { record } = keeper;
    if (record !== undefined) times.push(keeperDue(record, hasWork(), policy, now()).next);
    else if (lastUseAt() > 0) times.push(sessionEndsAt(lastUseAt(), policy));
    return times.length === 0 ? null : Math.min(...times);
  }

  private async act(job: Job, due: NonNullable<ReturnType<typeof jobDue>["due"]>): Promise<void> {
    const { jobs, reading, ends, orders, now } = this.parts;
    if (due === "look") return reading.look(job);
    if (due === "release") return orders.release(job);
    if (due === "forget") return orders.forget(job.id);
    if (due === "abandoned") {
      jobs.put({ ...job, state: "done", endedAt: now(), end: cancelledEnd(job, now()) });
      if (job.fresh) await orders.release(job);
      return;
    }
    // Its supervisor should have killed it: what remains of it goes with its container.
    await reading.look(job);
    const still = jobs.get(job.id);
    if (still?.state !== "running") return;
    if (still.fresh) ends.lost(still, "survivors");
    else await ends.doom(still);
  }

  private async attempt(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      // The next alarm tries again.
      this.parts.log("warn", `looking after ${what} failed`, { reason: reasonOf(error) });
    }
  }
}
