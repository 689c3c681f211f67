/** A container for one command (isolation `command`): the session's workspace goes in, what the command changed comes back. */
import { outcomeOf } from "../agent/call.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Job, Jobs } from "./jobs.ts";
import type { Keeper, Pool } from "./keeper.ts";
import { jobUse } from "./leases.ts";
import type { Notices } from "./notices.ts";
import { type Supervisor, WorkspaceTooLarge } from "./supervisor.ts";
import type { Workspaces } from "./workspace.ts";

export interface FreshBoxesParts {
  readonly session: () => string;
  readonly pool: Pool;
  readonly jobs: Jobs;
  readonly keeper: Keeper;
  readonly workspaces: Workspaces;
  readonly supervisor: (box: string) => Supervisor;
  readonly notices: Notices;
  /** Whether the session's workspace is, or may be, more than an empty one. */
  readonly hasWorkspace: () => Promise<boolean>;
}

export class FreshBoxes {
  private readonly parts: FreshBoxesParts;

  constructor(parts: FreshBoxesParts) {
    this.parts = parts;
  }

  /** A container with the workspace in it, for a job. Begun anew after a reset. @throws BotError `execBusy`, `execNoBox` */
  async open(id: string): Promise<Supervisor> {
    const { session, pool, jobs } = this.parts;
    try {
      const starting = this.started(id);
      // Where there is something to copy, the keeper packs it, or starts too, meanwhile.
      const [mark, { box, workspace }] = await Promise.all([this.filled(starting.then(({ box }) => box)), starting]);
      jobs.change(id, { mark, workspace });
      return box;
    } catch (error) {
      await pool.release(session(), jobUse(id));
      throw error instanceof BotError ? error : new BotError("execNoBox", { reason: reasonOf(error) });
    }
  }

  /** Takes what a job changed over into the keeper. What cannot be taken over is told to the agent. */
  async collect(job: Job): Promise<void> {
    const { notices } = this.parts;
    try {
      await this.takeChanges(job).catch(async (error: unknown) => {
        if (error instanceof WorkspaceTooLarge) throw error;
        await this.takeChanges(job); // the keeper may have ended meanwhile: the next one takes them
      });
    } catch (error) {
      const what = error instanceof WorkspaceTooLarge ? "they are larger than may be kept" : reasonOf(error);
      notices.add(`What the command before this one changed in /workspace is not there: ${what}.`);
    }
  }

  private async takeChanges(job: Job): Promise<void> {
    const { workspaces, keeper, supervisor } = this.parts;
    const box = supervisor(job.box);
    const pack = await workspaces.changes(box, job.mark);
    if (pack === undefined) return;
    await keeper.use(async (kept) => {
      try {
        await kept.unpack(await box.packed(pack), { ...pack, replaces: false });
      } catch (error) {
        if (await kept.isGone()) await keeper.lost(kept.name, "lost");
        throw error;
      }
    });
  }

  /** Ends a job's container. */
  async release(id: string): Promise<void> {
    this.parts.jobs.change(id, { box: "" });
    await this.parts.pool.release(this.parts.session(), jobUse(id));
  }

  private async started(id: string): Promise<{ box: Supervisor; workspace: string }> {
    const { session, pool, supervisor } = this.parts;
    const box = supervisor(outcomeOf(await pool.lease(session(), jobUse(id))));
    return { box, workspace: await box.start() };
  }

  /** Brings the workspace in. The mark after it; null where there is nothing to bring. */
  private async filled(starting: Promise<Supervisor>): Promise<string | null> {
    const { keeper, workspaces, hasWorkspace } = this.parts;
    if (!(await hasWorkspace())) return null;
    const copied = (kept: Supervisor) => workspaces.copy(kept, starting);
    return keeper.use(async (kept) => {
      try {
        return (await copied(kept)).mark;
      } catch (error) {
        if (!(await kept.isGone())) throw error;
        await keeper.lost(kept.name, "lost");
        return keeper.use(async (next) => (await copied(next)).mark);
      }
    });
  }
}
