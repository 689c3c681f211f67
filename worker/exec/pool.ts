import { DurableObject } from "cloudflare:workers";
import type { Secrets } from "../bound.ts";
import { declaration } from "../declaration.ts";
import type { ExecPolicy } from "../declarationSchema.ts";
import { reasonOf } from "../errors.ts";
import { consoleLog, masker } from "../log.ts";
import { type Outcome, settle } from "../outcome.ts";
import { type BoxBinding, sandboxBox } from "../sandbox/sandboxBox.ts";
import { secretValues } from "../secrets.ts";
import { Audit, type AuditPage, type AuditQuery, type AuditRow } from "./audit.ts";
import { Boxes, type Holder } from "./boxes.ts";
import { Budget } from "./budget.ts";
import type { JobKind } from "./jobs.ts";
import { boxNames, type Leased, Leases } from "./leases.ts";
import { MinuteCount, refusal } from "./limits.ts";
import { madeAs } from "./made.ts";
import type { SessionMeans } from "./means.ts";
import { type SessionBinding, sessionOf } from "./sessionCall.ts";
import { type KnownSession, SessionList } from "./sessionList.ts";
import { Spares, spareIdleMs } from "./spares.ts";
import { Supervisor } from "./supervisor.ts";
import { settlesWithin } from "./waiting.ts";

/** Between two looks while any container runs. */
const looksEveryMs = 60_000;
/** A container that did not end is tried again after so long. */
const endsAgainAfterMs = 10_000;
const longestWaitMs = 25_000;

/** What the status page says of Exec. */
export interface ExecReport {
  readonly isolation: string;
  /** Containers in use. */
  readonly boxes: number;
  readonly spare: number;
  readonly sessions: number;
  readonly boxMinutesToday: number;
}

type OwnEnv = BoxBinding<"ExecBox"> & SessionBinding<Holder & Rpc.DurableObjectBranded> & Secrets;

/** One a bot: the boxes, the limits, the audit, and which sessions there are. What runs in a box is its session's. */
export class ExecPool extends DurableObject<OwnEnv> {
  private readonly policy: ExecPolicy;
  private readonly leases: Leases;
  private readonly boxes: Boxes;
  private readonly spares: Spares;
  private readonly budget: Budget;
  private readonly audits: Audit;
  private readonly known: SessionList;
  private readonly minute = new MinuteCount();
  private readonly log;
  private alarmAt: number | null | undefined;

  /** @param given the declared policy and the SDK's boxes, unless a test says otherwise */
  constructor(ctx: DurableObjectState, env: OwnEnv, given: Partial<SessionMeans> = {}) {
    super(ctx, env);
    const { sql, kv } = ctx.storage;
    const { box: boxOf = (name: string) => sandboxBox(env.EXEC_BOX, () => name), policy = declaration.exec } = given;
    const made = given.made ?? madeAs(declaration);
    this.policy = policy;
    this.log = consoleLog(masker(secretValues(env)), { bot: declaration.bot, object: "execPool" });
    this.leases = new Leases(sql);
    this.budget = new Budget(kv);
    this.audits = new Audit(sql, policy.auditDays);
    this.known = new SessionList(sql);
    const shared = {
      leases: this.leases,
      names: boxNames(policy),
      policy,
      made,
      supervisor: (name: string) => new Supervisor(name, boxOf(name)),
      inBackground: (what: string, work: () => Promise<unknown>) => this.inBackground(what, work),
      log: this.log,
      now: () => Date.now(),
    };
    this.boxes = new Boxes({
      ...shared,
      holder: (session) => sessionOf(env, session),
      spend: (since) => this.budget.spend(since, Date.now()),
    });
    this.spares = new Spares({ ...shared, end: (lease) => this.boxes.end(lease) });
  }

  /** A session wants to begin a job. Tools are not counted, they poll; an operator is counted and never refused. */
  async admit(session: string, kind: JobKind): Promise<Outcome<void>> {
    return settle(async () => {
      this.admitted(session, kind);
      await this.look();
    });
  }

  /** A box for a session's use; the same one when it is asked again. `admits`: it is for this kind of job, which begins with it ({@link admit}). */
  async lease(session: string, use: string, admits?: JobKind): Promise<Outcome<Leased>> {
    return settle(async () => {
      if (admits !== undefined && this.leases.held(session, use) === undefined) this.admitted(session, admits);
      await this.wakeBy(Date.now() + looksEveryMs);
      const box = await this.boxes.lease(session, use);
      const workspace = this.spares.leased(box);
      this.tendSpares();
      return { box, workspace };
    });
  }

  async release(session: string, use: string): Promise<void> {
    await this.wakeBy(Date.now() + endsAgainAfterMs);
    this.boxes.release(session, use);
  }

  /** A command has ended. */
  async record(row: AuditRow): Promise<void> {
    this.audits.add(row, new Date());
  }

  /** Rows of the audit; where there are none, after at most `waitSeconds`, up to 25. */
  async audit(query: AuditQuery, waitSeconds: number): Promise<AuditPage> {
    const until = Date.now() + Math.min(waitSeconds * 1_000, longestWaitMs);
    for (;;) {
      const page = this.audits.read(query, new Date());
      const left = until - Date.now();
      if (page.rows.length > 0 || left <= 0) return page;
      await settlesWithin(left, this.audits.change());
    }
  }

  async sessions(): Promise<KnownSession[]> {
    return this.known.all(this.leases.all());
  }

  async knows(session: string): Promise<boolean> {
    return this.known.has(session);
  }

  /** A session has nothing left. */
  async forget(session: string): Promise<void> {
    this.known.forget(session);
  }

  async report(): Promise<ExecReport> {
    const all = this.leases.all();
    return {
      isolation: this.policy.isolation,
      boxes: all.filter(({ state }) => state !== "spare").length,
      spare: all.filter(({ state }) => state === "spare").length,
      sessions: this.known.count,
      boxMinutesToday: Math.round(this.spentToday(Date.now()) / 60),
    };
  }

  override async alarm(): Promise<void> {
    this.alarmAt = null;
    await this.look();
    await this.boxes.tend();
  }

  private admitted(session: string, kind: JobKind): void {
    const now = Date.now();
    const commands = kind === "tool" ? 0 : this.minute.at(now);
    const refused = refusal(this.policy, { commands, boxSecondsToday: this.spentToday(now) });
    if (refused !== undefined && kind !== "operator") throw refused;
    if (kind !== "tool") this.minute.add(now);
    this.known.used(session, now);
  }

  /** Sees to the spares, and that it looks again while any container runs. */
  private async look(): Promise<void> {
    this.tendSpares();
    const leases = this.leases.all();
    if (leases.length === 0) return;
    const soon = leases.some(({ state }) => state === "ending") ? endsAgainAfterMs : looksEveryMs;
    await this.wakeBy(Date.now() + Math.min(soon, spareIdleMs));
  }

  private tendSpares(): void {
    const now = Date.now();
    const last = this.known.lastUse;
    this.spares.tend(last, this.spentToday(now) < this.policy.boxMinutesPerDay * 60);
  }

  private spentToday(now: number): number {
    return this.budget.today(
      this.leases.all().map(({ since }) => since),
      now,
    );
  }

  private async wakeBy(at: number): Promise<void> {
    this.alarmAt ??= await this.ctx.storage.getAlarm();
    if (this.alarmAt !== null && this.alarmAt <= at) return;
    this.alarmAt = at;
    await this.ctx.storage.setAlarm(at);
  }

  private inBackground(what: string, work: () => Promise<unknown>): void {
    this.ctx.waitUntil(
      work().catch((error: unknown) => this.log("warn", `${what} failed`, { reason: reasonOf(error) })),
    );
  }
}
