/** What happens when a job ends: its row in the audit, its changes taken over, its container ended. Every step is done again where a reset came between. */
import type { AuditRow } from "./audit.ts";
import type { FreshBoxes } from "./freshBoxes.ts";
import { auditRow, type Job, type JobEnd, type Jobs, lostEnd } from "./jobs.ts";
import type { Keeper } from "./keeper.ts";
import type { EndOfBox, Notices } from "./notices.ts";

const saidOf: Readonly<Record<EndOfBox, string>> = {
  lost: "the sandbox ended unexpectedly while this command ran; whether it had done its work is not known",
  survivors: "processes of a command could not be killed, so the sandbox was ended with all that ran in it",
  idle: "the sandbox was given back",
  changed: "the sandbox was given back",
  yielded: "the sandbox was given back",
};

const changesLost =
  "What the command before this one changed in /workspace is not there: its sandbox ended before that was taken over.";

export interface EndsParts {
  readonly notices: Notices;
  readonly session: () => string;
  readonly isolation: string;
  readonly jobs: Jobs;
  readonly keeper: Keeper;
  readonly freshBoxes: FreshBoxes;
  readonly record: (row: AuditRow) => Promise<void>;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly now: () => number;
}

export class Ends {
  private readonly parts: EndsParts;
  private readonly taking = new Map<string, Promise<void>>();

  constructor(parts: EndsParts) {
    this.parts = parts;
  }

  /** A job has ended by itself, by its deadline or by a cancel. Settles when what it changed is where the next command finds it. */
  async ended({ id }: Job, end: JobEnd): Promise<void> {
    // As it stands now: two readers may bring the same end.
    const job = this.parts.jobs.get(id);
    if (job === undefined || job.state === "done") return;
    this.keep(job, end, job.fresh ? "ended" : "done");
    if (!job.fresh) return;
    let taking = this.taking.get(job.id);
    if (taking === undefined) {
      taking = this.takeOver(job).finally(() => this.taking.delete(job.id));
      this.taking.set(job.id, taking);
    }
    await taking;
  }

  /** Settles when nothing is left to be taken over of what ended before. */
  async takenOver(): Promise<void> {
    const left = this.parts.jobs.unfinished().filter(({ state }) => state === "ended");
    await Promise.all(left.map((job) => job.end && this.ended(job, job.end)));
  }

  /** A job's container is gone, or has to go. `said` is presented in place of its output. */
  lost({ id }: Job, why: EndOfBox): void {
    const job = this.parts.jobs.get(id);
    if (job === undefined) return;
    if (job.state === "ended") this.parts.notices.add(changesLost);
    if (job.state === "done" || job.end !== null) {
      this.parts.jobs.change(job.id, { state: "done", box: "" });
    } else {
      this.keep({ ...job, box: "" }, lostEnd(job, this.parts.now(), `\n[${saidOf[why]}]\n`), "done", job.box);
    }
    if (job.fresh) this.parts.inBackground("the end of a sandbox", () => this.parts.freshBoxes.release(job.id));
  }

  /** Processes of a job live on: their container has to go. */
  async doom(job: Job): Promise<void> {
    if (job.fresh) await this.parts.freshBoxes.release(job.id);
    else await this.parts.keeper.lost(job.box, "survivors");
  }

  /** The row of a job in the audit, once. */
  async audit(id: string, box: string): Promise<void> {
    const { jobs, session, isolation, record } = this.parts;
    const job = jobs.get(id);
    if (job === undefined || job.end === null || job.audited) return;
    await record(auditRow(job, job.end, box, session(), isolation));
    jobs.change(id, { audited: true });
  }

  private keep(job: Job, end: JobEnd, state: "ended" | "done", box = job.box): void {
    const { jobs, inBackground, now } = this.parts;
    if (job.end === null) {
      const message = { endedAt: now(), readAt: now(), end, state };
      jobs.put({ ...job, ...message });
      inBackground("a row of the audit", () => this.audit(job.id, box));
    } else jobs.change(job.id, { state });
  }

  private async takeOver(job: Job): Promise<void> {
    await this.parts.freshBoxes.collect(job);
    this.parts.jobs.change(job.id, { state: "done" });
  }
}
