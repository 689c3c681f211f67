/** How a job gets into a container: its row is written first, and asking again never starts it twice. */
import type { ExecPolicy } from "../declarationSchema.ts";
import { BotError, reasonOf } from "../errors.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import { BoxUnreachable } from "../sandbox/box.ts";
import type { Ends } from "./ends.ts";
import type { FreshBoxes } from "./freshBoxes.ts";
import { cancelledEnd, type Job, type JobKind, type Jobs } from "./jobs.ts";
import type { Keeper } from "./keeper.ts";
import { refuseLength } from "./limits.ts";
import type { Notices } from "./notices.ts";
import type { SupervisedJob, Supervisor } from "./supervisor.ts";

/** The plugin sends the same request again after so many seconds. */
const retryAfter = 2;

/** A job to be placed. */
export interface Order {
  readonly kind: JobKind;
  /** What the audit shows of it. */
  readonly shown: string;
  /** Bytes that count against the limit of a command's length. */
  readonly bytes: number;
  readonly supervised: SupervisedJob;
}

/** How a job stands, as its PUT answers. */
export interface Placed {
  readonly state: "running" | "done";
  /** Path of the workspace where it runs. */
  readonly workspace: string;
  readonly notices: readonly string[];
}

export interface PlacingParts {
  readonly session: () => string;
  readonly policy: ExecPolicy;
  readonly jobs: Jobs;
  readonly keeper: Keeper;
  readonly freshBoxes: FreshBoxes;
  readonly ends: Ends;
  readonly notices: Notices;
  readonly supervisor: (box: string) => Supervisor;
  readonly admit: (session: string, kind: JobKind) => Promise<Outcome<void>>;
  /** Something is under way from now on: it is looked after. */
  readonly wakes: () => Promise<void>;
  readonly now: () => number;
}

export class Placing {
  private readonly parts: PlacingParts;
  private readonly flights = new Map<string, Promise<void>>();

  constructor(parts: PlacingParts) {
    this.parts = parts;
  }

  /** What is under way for a job here and now. */
  flight(id: string): Promise<void> | undefined {
    return this.flights.get(id);
  }

  /** Starts a job, or says how it stands if it is known. @throws BotError that the agent can act on: nothing ran then */
  async place(id: string, order: Order): Promise<Placed> {
    const state = this.parts.jobs.get(id)?.state;
    if (state === undefined || state === "placing" || state === "sent") {
      let flight = this.flights.get(id);
      if (flight === undefined) {
        flight = this.fly(id, order).finally(() => this.flights.delete(id));
        this.flights.set(id, flight);
      }
      await flight;
    }
    const job = this.parts.jobs.get(id);
    if (job === undefined) return { state: "done", workspace: "", notices: [] };
    const isOver = job.state === "ended" || job.state === "done";
    return { state: isOver ? "done" : "running", workspace: job.workspace, notices: job.notices };
  }

  /** Ends a job that may not have begun. */
  cancelEarly(job: Job): void {
    const { jobs, now } = this.parts;
    jobs.put({ ...job, state: "done", endedAt: now(), readAt: now(), end: cancelledEnd(job, now()) });
  }

  private async fly(id: string, order: Order): Promise<void> {
    const { jobs } = this.parts;
    if (jobs.get(id) === undefined) await this.add(id, order);
    for (let tries = 1; ; tries++) {
      const box = await this.boxFor(id).catch((error: unknown) => {
        if (jobs.get(id)?.state !== "done") throw error; // else cancelled meanwhile, and needs none
        return undefined;
      });
      if (box === undefined) return;
      const job = jobs.get(id);
      if (job === undefined || job.state === "done") return this.dropped(id);
      if (await this.sent(job, box, order, tries)) return;
    }
  }

  private async add(id: string, order: Order): Promise<void> {
    const { session, policy, jobs, keeper, admit, wakes, now } = this.parts;
    const { kind, bytes, shown, supervised } = order;
    refuseLength(policy, bytes);
    const fresh = kind === "terminal" && policy.isolation === "command";
    // One with a container of its own is admitted with the lease of it. A tool's next poll in a container that is there asks nobody: a
    // refused poll would break a running script.
    if (!fresh && (kind !== "tool" || keeper.current === undefined)) outcomeOf(await admit(session(), kind));
    const times = { placedAt: now(), startedAt: 0, endedAt: 0, readAt: now() };
    const rest = {
      box: "",
      workspace: "",
      command: shown,
      seconds: supervised.deadlineSeconds,
      mark: null,
      notices: [],
      end: null,
    };
    jobs.put({ id, kind, fresh, state: "placing", ...times, ...rest, audited: false });
    await wakes();
  }

  private async boxFor(id: string): Promise<Supervisor> {
    const { jobs, keeper, freshBoxes, ends, supervisor } = this.parts;
    const job = jobs.get(id);
    // It may run there already: nothing is made ready for it a second time.
    if (job?.state === "sent") return supervisor(job.box);
    try {
      await ends.takenOver();
      return job?.fresh ? await freshBoxes.open(job) : await keeper.ensure();
    } catch (error) {
      // Nothing ran: the job was never there. One that may have been sent before stays.
      if (jobs.get(id)?.state === "placing") jobs.remove(id);
      throw error;
    }
  }

  /** Asks the container to start the job. False where its container was gone before anything was sent. */
  private async sent(job: Job, box: Supervisor, order: Order, tries: number): Promise<boolean> {
    const { jobs, keeper, notices, now } = this.parts;
    const sentBefore = job.state === "sent";
    const workspace = job.fresh ? job.workspace : (keeper.record?.workspace ?? "");
    jobs.change(job.id, { box: box.name, workspace, state: "sent", startedAt: job.startedAt || now() });
    try {
      await box.startJob(job.id, order.supervised);
    } catch (error) {
      if (error instanceof BoxUnreachable && !sentBefore && tries === 1) {
        jobs.change(job.id, { box: "", state: "placing", startedAt: 0 });
        if (!job.fresh) await keeper.lost(box.name, "lost");
        else await this.parts.freshBoxes.release(job.id);
        return false;
      }
      await this.unanswered(job.id, box, error);
      return true;
    }
    if (jobs.get(job.id)?.state !== "sent") {
      await box.cancelJob(job.id);
      await this.dropped(job.id);
      return true;
    }
    const told = job.kind === "terminal" ? notices.take() : [];
    jobs.change(job.id, { state: "running", notices: told });
    return true;
  }

  private async unanswered(id: string, box: Supervisor, error: unknown): Promise<void> {
    const { jobs, keeper, ends } = this.parts;
    const isThere = !(error instanceof BoxUnreachable) && (await box.isRunning());
    if (isThere) throw new BotError("execNoBox", { reason: reasonOf(error), retryAfter });
    const job = jobs.get(id);
    if (job === undefined) return;
    if (job.fresh) ends.lost(job, "lost");
    else await keeper.lost(box.name, "lost");
  }

  /** It was cancelled, or forgotten, while it got its container. */
  private async dropped(id: string): Promise<void> {
    if (this.parts.jobs.get(id)?.fresh !== false) await this.parts.freshBoxes.release(id);
  }
}
