/** A container for one command (isolation `command`): the session's workspace goes in, what the command changed comes back. */
import { BotError, reasonOf } from "../errors.ts";
import { outcomeOf } from "../outcome.ts";
import { BoxUnreachable } from "../sandbox/box.ts";
import type { WorkspaceDocuments } from "./documents.ts";
import type { Job, JobKind, Jobs } from "./jobs.ts";
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
  readonly documents: WorkspaceDocuments;
  /** Whether the session's workspace is, or may be, more than an empty one. */
  readonly hasWorkspace: () => Promise<boolean>;
}

export class FreshBoxes {
  private readonly parts: FreshBoxesParts;

  constructor(parts: FreshBoxesParts) {
    this.parts = parts;
  }

  /** A container with the workspace in it, for a job. Begun anew after a reset. @throws BotError why it may not run, `execBusy`, `execNoBox` */
  async open(job: Pick<Job, "id" | "kind">): Promise<Supervisor> {
    const { session, pool } = this.parts;
    try {
      return await this.ready(job, true).catch((error: unknown) => {
        if (!(error instanceof BoxUnreachable)) throw error;
        return this.ready(job, false); // a spare that had answered may have ended since
      });
    } catch (error) {
      await pool.release(session(), jobUse(job.id));
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
    const pack = await workspaces.changes(supervisor(job.box), job.mark);
    if (pack === undefined) return;
    const { body, ...about } = pack;
    await keeper.use(async (kept) => {
      try {
        await kept.unpack(body, { ...about, replaces: false });
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

  /** `trusts`: a spare that has answered before is not asked whether it still does. */
  private async ready({ id, kind }: Pick<Job, "id" | "kind">, trusts: boolean): Promise<Supervisor> {
    const { jobs, keeper } = this.parts;
    const leasing = this.leased(id, kind);
    // A keeper that is there packs meanwhile. None is started, or ended, for a job that may yet be refused.
    if (keeper.current === undefined || keeper.isOutdated) await leasing;
    const starting = leasing.then(async ({ box, workspace }) => ({
      box,
      workspace: (trusts ? workspace : null) ?? (await box.start()),
    }));
    const [mark, { box, workspace }] = await Promise.all([this.filled(starting), starting]);
    jobs.change(id, { mark, workspace });
    return box;
  }

  private async leased(id: string, kind: JobKind): Promise<{ box: Supervisor; workspace: string | null }> {
    const { session, pool, supervisor } = this.parts;
    const { box, workspace } = outcomeOf(await pool.lease(session(), jobUse(id), kind));
    return { box: supervisor(box), workspace };
  }

  /** Brings the workspace in. The mark after it; null where there is nothing to bring. */
  private async filled(opened: Promise<{ box: Supervisor }>): Promise<string | null> {
    const { keeper, workspaces, documents, hasWorkspace } = this.parts;
    if (!(await hasWorkspace())) return documents.areDue ? ((await documents.bring((await opened).box)) ?? null) : null;
    const copied = (kept: Supervisor) =>
      workspaces.copy(
        kept,
        opened.then(({ box }) => box),
      );
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
