/** What may be ordered of a job that is there: to end, or to be forgotten. */
import { BotError, reasonOf } from "../errors.ts";
import type { Ends } from "./ends.ts";
import type { FreshBoxes } from "./freshBoxes.ts";
import type { Job, Jobs } from "./jobs.ts";
import type { Placing } from "./placing.ts";
import type { Reading } from "./reading.ts";
import { isGone, type Supervisor, SupervisorRefused } from "./supervisor.ts";

const retryAfter = 2;

export interface OrdersParts {
  readonly jobs: Jobs;
  readonly placing: Placing;
  readonly reading: Reading;
  readonly ends: Ends;
  readonly freshBoxes: FreshBoxes;
  readonly supervisor: (box: string) => Supervisor;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
}

export class Orders {
  private readonly parts: OrdersParts;

  constructor(parts: OrdersParts) {
    this.parts = parts;
  }

  /** Kills a job's whole tree, or keeps it from starting. How many of its processes could not be killed; their container goes then. */
  async cancel(id: string): Promise<{ survivors: number }> {
    const job = this.known(id);
    if (job.state === "ended" || job.state === "done") return { survivors: job.end?.survivors ?? 0 };
    if (job.state === "placing") {
      this.parts.placing.cancelEarly(job);
      return { survivors: 0 };
    }
    const box = this.parts.supervisor(job.box);
    try {
      const survivors = await box.cancelJob(id);
      if (survivors > 0) await this.parts.reading.look(job);
      return { survivors };
    } catch (error) {
      const unknown = error instanceof SupervisorRefused && error.status === 404;
      if (unknown && job.state === "sent") {
        // Its start is under way, and meets this end.
        this.parts.placing.cancelEarly(job);
        return { survivors: 0 };
      }
      if (!unknown && !(await isGone(box, error)))
        throw new BotError("execNoBox", { reason: reasonOf(error), retryAfter });
      await this.parts.reading.look(job); // finds it gone
      return { survivors: 0 };
    }
  }

  /** Nobody asks for it any more. One that runs is cancelled first. */
  async forget(id: string): Promise<void> {
    const { jobs, ends, supervisor, inBackground } = this.parts;
    let job = this.known(id);
    if (job.end === null) {
      await this.cancel(id);
      await this.parts.reading.look(this.known(id));
      job = this.known(id);
    }
    if (job.state === "ended" && job.end !== null) await ends.ended(job, job.end);
    await ends.audit(id, job.box);
    if (job.fresh) await this.release(job);
    else if (job.box !== "") inBackground("forgetting a job", () => supervisor(job.box).forgetJob(id));
    jobs.remove(id);
  }

  /** Ends a job's own container. */
  async release(job: Job): Promise<void> {
    if (job.fresh) await this.parts.freshBoxes.release(job.id);
  }

  private known(id: string): Job {
    const job = this.parts.jobs.get(id);
    if (job === undefined) throw new BotError("execJobUnknown", { job: id });
    return job;
  }
}
