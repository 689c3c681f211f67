/** A job's output and its end, as they are handed on. */
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Ends } from "./ends.ts";
import { endedAnswer, endIn, passed, stillRunning } from "./jobAnswer.ts";
import type { Job, JobEnd, Jobs } from "./jobs.ts";
import type { Keeper } from "./keeper.ts";
import type { Placing } from "./placing.ts";
import type { ReadQuery } from "./requests.ts";
import { isGone, type Supervisor } from "./supervisor.ts";
import { pause, settlesWithin } from "./waiting.ts";

/** An offset past whatever a job writes: it reads as the end. */
const pastTheEnd = Number.MAX_SAFE_INTEGER;

export interface ReadingParts {
  readonly jobs: Jobs;
  readonly keeper: Keeper;
  readonly placing: Placing;
  readonly ends: Ends;
  readonly supervisor: (box: string) => Supervisor;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
}

export class Reading {
  private readonly parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.parts = parts;
  }

  /** Output from an offset; its end in headers, once all of it was read. @throws BotError `execJobUnknown` */
  async read(id: string, query: ReadQuery): Promise<Response> {
    const { jobs, placing } = this.parts;
    let job = this.known(id);
    if (job.state === "placing" || job.state === "sent") {
      const flight = placing.flight(id)?.catch(() => {}); // its PUT tells
      if (flight === undefined) await pause(query.wait * 1_000);
      else await settlesWithin(query.wait * 1_000, flight);
      job = this.known(id);
      if (job.state === "placing" || job.state === "sent") return stillRunning(query.offset);
    }
    if (job.state === "done") jobs.change(id, { readAt: this.parts.now() });
    if (job.box === "") return endedAnswer(job.end, query.offset);
    return (await this.asked(job, query)) ?? endedAnswer(this.known(id).end, query.offset);
  }

  /** Looks how a job stands that nobody may be reading. */
  async look(job: Job): Promise<void> {
    const answer = await this.asked(job, { offset: pastTheEnd, wait: 0, limit: 1 });
    await answer?.body?.cancel();
  }

  private known(id: string): Job {
    const job = this.parts.jobs.get(id);
    if (job === undefined) throw new BotError("execJobUnknown", { job: id });
    return job;
  }

  /** Asks the job's container. Undefined where it is gone, and the job with it. */
  private async asked(job: Job, query: ReadQuery): Promise<Response | undefined> {
    const { supervisor, log } = this.parts;
    const box = supervisor(job.box);
    try {
      const answer = await box.readJob(job.id, query);
      if (answer.ok) return await this.handedOn(job, answer);
      await answer.body?.cancel();
      if (answer.status !== 404) throw new Error(`HTTP ${answer.status}`);
      // Its container is there, and knows nothing of it: the others in it are no worse for that.
      this.parts.ends.lost(job, "lost");
      return undefined;
    } catch (error) {
      if (!(await isGone(box, error))) {
        log("warn", "a sandbox did not say how a command stands", { box: job.box, reason: reasonOf(error) });
        return stillRunning(query.offset);
      }
    }
    await this.gone(job);
    return undefined;
  }

  private async gone(job: Job): Promise<void> {
    const { ends, keeper, jobs } = this.parts;
    if (!job.fresh) await keeper.lost(job.box, "lost");
    const now = jobs.get(job.id);
    if (now !== undefined && (now.box !== "" || now.state !== "done")) ends.lost(now, "lost");
  }

  private async handedOn(job: Job, answer: Response): Promise<Response> {
    const end = endIn(answer.headers);
    if (end === undefined) return passed(answer);
    if (end.survivors > 0 && job.state === "running") return this.handedOnDoomed(job, end, answer);
    // What it changed is taken over meanwhile: the session's next command waits for that, not whoever reads this end.
    this.parts.inBackground("taking a command's changes over", () => this.parts.ends.ended(job, end));
    return passed(answer);
  }

  /** All that is left to read, before the container goes. */
  private async handedOnDoomed(job: Job, end: JobEnd, answer: Response): Promise<Response> {
    const body = await answer.arrayBuffer();
    await this.parts.ends.ended(job, end);
    await this.parts.ends.doom(job);
    return passed(new Response(body, answer));
  }
}
