/** The container that holds a session's workspace: made when it is needed, saved while it rests, given back when it idles. */
import type { ExecPolicy } from "../declarationSchema.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { WorkspaceDocuments } from "./documents.ts";
import type { JobKind } from "./jobs.ts";
import { keeperUse, type Leased } from "./leases.ts";
import { type EndOfBox, type FormerBox, type Notices, replacementNotice } from "./notices.ts";
import { type Supervisor, WorkspaceTooLarge } from "./supervisor.ts";
import type { Workspaces } from "./workspace.ts";

const minuteMs = 60_000;
/** An idle keeper whose workspace the bucket does not take stays so much longer. */
const savesAgainForMs = 30 * minuteMs;
/** A workspace that is too large is not packed again sooner. */
const packsAgainAfterMs = 8 * minuteMs;

/** What is known of the keeper. `starting`: not usable yet, and begun anew after a reset. */
export interface KeeperRecord {
  readonly box: string;
  readonly phase: "starting" | "up";
  /** What it was started with ({@link madeAs}). */
  readonly made: string;
  /** Path of the workspace in it. */
  readonly workspace: string;
  readonly usedAt: number;
  /** State of the workspace when it was last saved, or brought back. */
  readonly mark: string | null;
  /** When it may first have changed since; 0 for not. */
  readonly changedAt: number;
}

/** The pool, as a session uses it. */
export interface Pool {
  /** @param admits the kind of the job that begins with it, which may be refused */
  lease(session: string, use: string, admits?: JobKind): Promise<Outcome<Leased>>;
  release(session: string, use: string): Promise<void>;
}

export interface KeeperParts {
  readonly session: () => string;
  readonly storage: SyncKvStorage;
  readonly pool: Pool;
  readonly policy: Pick<ExecPolicy, "persist" | "idleMinutes">;
  /** What containers are started with now. */
  readonly made: string;
  readonly supervisor: (box: string) => Supervisor;
  readonly workspaces: Workspaces;
  readonly notices: Notices;
  readonly documents: WorkspaceDocuments;
  /** Whether a job runs in it. */
  readonly hasWork: () => boolean;
  /** It is gone, with what ran in it, and what it kept of ended jobs. */
  readonly onGone: (box: string, why: EndOfBox) => void;
  readonly log: Log;
  readonly now: () => number;
}

export class Keeper {
  private readonly parts: KeeperParts;
  private starting: Promise<Supervisor> | undefined;
  private saving: Promise<void> | undefined;
  /** Uses that no job stands for. */
  private uses = 0;
  /** How often it was asked for: tells whether it was used meanwhile. */
  private asked = 0;

  constructor(parts: KeeperParts) {
    this.parts = parts;
  }

  get record(): KeeperRecord | undefined {
    return this.parts.storage.get<KeeperRecord>("keeper");
  }

  /** Whether it is there, or on its way. */
  get isHeld(): boolean {
    return this.record !== undefined || this.starting !== undefined;
  }

  /** The one that is there. Starts nothing. */
  get current(): Supervisor | undefined {
    const { record } = this;
    return record?.phase === "up" ? this.parts.supervisor(record.box) : undefined;
  }

  /** The keeper, made now where there is none. Something is about to change in it. @throws BotError `execBusy`, `execNoBox` */
  async ensure(): Promise<Supervisor> {
    if (this.isOutdated) await this.giveBack("changed");
    this.asked++;
    const { record } = this;
    if (record?.phase === "up") {
      const { now } = this.parts;
      this.keep({ ...record, usedAt: now(), changedAt: record.changedAt || now() });
      const box = this.parts.supervisor(record.box);
      if (this.parts.documents.areBehind) await this.parts.documents.bring(box);
      return box;
    }
    this.starting ??= this.start().finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  /** Uses it for what is no job. It is not given back meanwhile. */
  async use<T>(work: (box: Supervisor) => Promise<T>): Promise<T> {
    const box = await this.ensure();
    this.uses++;
    try {
      return await work(box);
    } finally {
      this.uses--;
    }
  }

  /** Its container is gone, or has to go. */
  async lost(box: string, why: "lost" | "survivors"): Promise<void> {
    if (this.record?.box !== box) return;
    if (why === "survivors") await this.trySave();
    if (this.record?.box !== box) return;
    this.forget({ why });
    this.parts.onGone(box, why);
    await this.parts.pool.release(this.parts.session(), keeperUse);
  }

  /** Saves what has changed. Its failure is logged, and told to the agent where the container then goes. Why it failed, or null. */
  async trySave(): Promise<Error | null> {
    try {
      this.saving ??= this.save().finally(() => {
        this.saving = undefined;
      });
      await this.saving;
      return null;
    } catch (error) {
      const reason = reasonOf(error);
      this.parts.log("warn", "a workspace could not be saved", { session: this.parts.session(), reason });
      return error instanceof Error ? error : new Error(reason);
    }
  }

  /** Whether it was started with what is no longer declared. */
  get isOutdated(): boolean {
    const { record } = this;
    return record?.phase === "up" && record.made !== this.parts.made;
  }

  /**
   * Saves it and gives it back, unless it is used meanwhile. What cannot be saved stays where another session only wants the container,
   * and for a while where it may be saved later.
   */
  async giveBack(why: "idle" | "changed" | "yielded"): Promise<boolean> {
    const before = this.record;
    const { asked } = this;
    if (before === undefined || before.phase !== "up" || this.isUsed) return false;
    const { policy, now } = this.parts;
    const failure = policy.persist ? await this.trySave() : new Error("workspaces are not kept");
    if (failure !== null && why === "yielded") return false;
    const passes = policy.persist && failure !== null && !(failure instanceof WorkspaceTooLarge);
    if (passes && why === "idle" && now() - before.usedAt < policy.idleMinutes * minuteMs + savesAgainForMs)
      return false;
    if (this.record?.box !== before.box || this.asked !== asked || this.isUsed) return false;
    this.forget({ why, unsaved: failure?.message ?? null });
    this.parts.onGone(before.box, why);
    await this.parts.pool.release(this.parts.session(), keeperUse);
    return true;
  }

  private get isUsed(): boolean {
    return this.uses > 0 || this.parts.hasWork();
  }

  private async start(): Promise<Supervisor> {
    const { session, pool, policy, made, supervisor, workspaces, storage, notices, documents, now } = this.parts;
    const { box } = outcomeOf(await pool.lease(session(), keeperUse));
    this.keep({ box, made, phase: "starting", workspace: "", usedAt: now(), mark: null, changedAt: 0 });
    try {
      const started = supervisor(box);
      const workspace = await started.start();
      const restored = policy.persist ? await workspaces.restore(started) : undefined;
      if (documents.areDue) await documents.bring(started);
      const notice = replacementNotice(storage.get<FormerBox>("former"), restored);
      if (notice !== undefined) notices.add(notice);
      storage.delete("former");
      this.keep({ box, made, phase: "up", workspace, usedAt: now(), mark: restored?.mark ?? null, changedAt: now() });
      return started;
    } catch (error) {
      storage.delete("keeper");
      await pool.release(session(), keeperUse);
      throw error instanceof BotError ? error : new BotError("execNoBox", { reason: reasonOf(error) });
    }
  }

  private async save(): Promise<void> {
    const { record, current } = this;
    if (record === undefined || current === undefined || record.changedAt === 0) return;
    // What changes while it is packed counts as changed later.
    this.keep({ ...record, changedAt: 0 });
    try {
      const mark = await this.parts.workspaces.save(current, record.mark);
      if (this.record?.box === record.box) this.keep({ ...this.record, mark });
    } catch (error) {
      const later = error instanceof WorkspaceTooLarge ? packsAgainAfterMs : 0;
      if (this.record?.box === record.box) this.keep({ ...this.record, changedAt: this.parts.now() + later });
      throw error;
    }
  }

  private keep(record: KeeperRecord): void {
    this.parts.storage.put("keeper", record);
  }

  private forget(former: FormerBox): void {
    this.parts.storage.delete("keeper");
    this.parts.storage.put("former", former);
  }
}
