import { DurableObject } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { declaration } from "../declaration.ts";
import type { Env } from "../env.ts";
import { BotError, reasonOf } from "../errors.ts";
import { consoleLog, type Log, masker } from "../log.ts";
import { sandboxBox } from "../sandbox/sandboxBox.ts";
import { generatedSecret, secretsOfAStart, secretValues } from "../secrets.ts";
import type { RepositoryAccess } from "../snapshots/access.ts";
import { environmentOfRun } from "../snapshots/environment.ts";
import type { ImportBegun } from "../snapshots/importOrder.ts";
import { Memory } from "../snapshots/memory.ts";
import type { SnapshotRecord } from "../snapshots/record.ts";
import type { RunReport } from "../snapshots/runs.ts";
import { type Outcome, settle } from "./call.ts";
import type { Convergence } from "./converge.ts";
import { Converger } from "./converger.ts";
import { Ending } from "./ending.ts";
import { Front } from "./front.ts";
import { Gateway } from "./gateway.ts";
import { GatewayLog } from "./gatewayLog.ts";
import { Home } from "./home.ts";
import { beginImport, type ImportOrdered } from "./importing.ts";
import { Journal, type LogLine } from "./journal.ts";
import { Ledger } from "./record.ts";
import { Rest } from "./rest.ts";
import { Rollback } from "./rollback.ts";
import { RunQueue } from "./runQueue.ts";
import { Starter } from "./starter.ts";
import { type Status, statusOf } from "./status.ts";
import { Watch } from "./watch.ts";

/** Name of the first box that Hermes lives in; one that replaces it gets a number. */
const firstBox = "hermes";
/** How long a request may wait for a free run. */
const longestQueueMs = 60_000;

/** The one owner of the container's life (design decision 1). Everything that wakes, uses or stops the bot comes through here. */
export class Agent extends DurableObject<Env> {
  private readonly journal: Journal;
  private readonly log: Log;
  private readonly ledger: Ledger;
  private readonly queue: RunQueue;
  private readonly memory: Memory;
  private readonly ending: Ending;
  private readonly starter: Starter;
  private readonly rest: Rest;
  private readonly rollback: Rollback;
  private readonly watch: Watch;
  private readonly front: Front;
  private readonly sleepAfterSeconds: number | null;
  private readonly declarationHash: string;
  private readonly converger: Converger;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const mask = masker(secretValues(env));
    const now = () => Date.now();
    const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
    this.journal = new Journal(ctx.storage.sql, mask);
    const toConsole = consoleLog(mask, { bot: declaration.bot, object: "agent" });
    this.log = (level, text, fields) => {
      toConsole(level, text, fields);
      this.journal.add("worker", level, [fields ? `${text} ${JSON.stringify(fields)}` : text], new Date());
    };
    this.ledger = new Ledger(ctx.storage.kv, now, ({ from, to, cause, ms }) =>
      this.log("info", `${from} → ${to}`, { cause, ms }),
    );
    const started = JSON.stringify([declaration, secretsOfAStart(env)]);
    this.declarationHash = createHash("sha256").update(started).digest("hex").slice(0, 16);
    this.sleepAfterSeconds = declaration.chatPlatforms.length > 0 ? null : declaration.sleepAfterSeconds;
    this.queue = new RunQueue(declaration.maxConcurrentRuns, longestQueueMs);
    const box = sandboxBox(env.AGENT_BOX, () => this.boxName);
    const apiServerKey = () => generatedSecret(env, "apiServerKey").current;
    const gateway = new Gateway(box, apiServerKey);
    const gatewayLog = new GatewayLog({ gateway, journal: this.journal, storage: ctx.storage.kv, log: this.log });
    const captureLogs = () => gatewayLog.capture();
    const boxId = () => env.AGENT_BOX.idFromName(this.boxName).toString();
    const inBackground = (what: string, work: () => Promise<unknown>) => this.inBackground(what, work);
    this.memory = new Memory({
      box,
      boxId,
      bucket: env.SNAPSHOTS,
      storage: ctx.storage.kv,
      environment: (run, role, until) => environmentOfRun(env, { run, role, boxId: boxId(), until }),
      careBox: (name) => ({
        box: sandboxBox(env.CARE_BOX, () => name),
        boxId: () => env.CARE_BOX.idFromName(name).toString(),
      }),
      careEnvironment: (careId, run, role, until) => environmentOfRun(env, { run, role, boxId: careId, until }),
      boot: () => this.ledger.current.running?.bootId ?? null,
      versions: () => ({ ...declaration.versions, image: this.ledger.current.running?.image ?? "unknown" }),
      policy: declaration.snapshots,
      mask,
      inBackground,
      log: this.log,
      now,
      pause,
    });
    const { memory } = this;
    const shared = { box, gateway, ledger: this.ledger, memory, captureLogs, log: this.log, now, pause };
    const { declarationHash } = this;
    const replaceBox = () => ctx.storage.kv.put("box", (ctx.storage.kv.get<number>("box") ?? 1) + 1);
    const image = declaration.images.hermes;
    this.ending = new Ending({ ...shared, storage: ctx.storage.kv, image });
    const { ending } = this;
    const home = new Home({ ...shared, ending, declaration, declarationHash, replaceBox });
    this.starter = new Starter({ ...shared, ending, home, env, mask, declarationHash });
    this.rest = new Rest({ ...shared, ending });
    this.rollback = new Rollback({
      memory,
      rest: this.rest,
      bringUp: (cause) => this.bringUp(cause, { force: true }),
      storage: ctx.storage.kv,
      inBackground,
      log: this.log,
      now,
    });
    this.converger = new Converger({
      ...shared,
      queue: this.queue,
      starter: this.starter,
      rest: this.rest,
      declared: {
        declaration: declarationHash,
        image,
        alwaysOn: declaration.chatPlatforms.length > 0,
      },
      bringUp: (cause) => this.bringUp(cause),
      inBackground,
    });
    this.watch = new Watch({
      ...shared,
      ending,
      starter: this.starter,
      rest: this.rest,
      sleepAfterSeconds: this.sleepAfterSeconds,
      runs: () => this.queue.active + this.queue.queued,
      setAlarm: (at) => ctx.storage.setAlarm(at),
    });
    this.front = new Front({
      box,
      queue: this.queue,
      apiServerKey,
      isReady: () => this.starter.isReady(),
      wake: (cause) => this.bringUp(cause),
      settled: () => this.rest.settled(),
      lost: () => this.inBackground("a look at the gateway", () => this.watch.look("a client's request was cut")),
      cut: (reason) => this.streamCut(reason),
      used: () => this.ledger.update({ lastActivityAt: Date.now() }),
    });
  }

  /** A client's request on /v1, already authenticated by the Worker. */
  override async fetch(request: Request): Promise<Response> {
    try {
      return await this.front.answer(request);
    } catch (error) {
      const problem = error instanceof BotError ? error : new BotError("gatewayLost", { reason: reasonOf(error) });
      this.log("warn", problem.message, { code: problem.code, requestId: request.headers.get("x-request-id") });
      return problem.toOpenAi();
    }
  }

  /** A stream broke that a client was reading: inside, or on the way from this object. */
  streamCut(reason: string): void {
    this.ledger.update({ cutStreams: this.ledger.current.cutStreams + 1 });
    this.log("warn", "a client's stream was cut", { reason, cutStreams: this.ledger.current.cutStreams });
    this.inBackground("a look at the gateway", () => this.watch.look("a client's stream was cut"));
  }

  override alarm(): Promise<void> {
    return this.tick("alarm");
  }

  /** The cron tick. */
  reconcile(): Promise<void> {
    return this.tick("cron");
  }

  /** News from the box: its container has ended. */
  async boxEnded(exitCode: number): Promise<void> {
    this.ending.over();
    const { desired } = this.ledger.current;
    if (this.starter.starting || this.rest.stopping || desired !== "running") return;
    if (this.ledger.moveIfLegal("lost", `the container ended with exit code ${exitCode}`)) {
      this.ledger.update({ running: null });
      await this.ctx.storage.setAlarm(Date.now() + 1_000);
    }
  }

  async status(): Promise<Status> {
    const runs = { active: this.queue.active, queued: this.queue.queued };
    const record = this.ledger.current;
    return statusOf(record, declaration, this.sleepAfterSeconds, runs, this.memory.report(record.running !== null));
  }

  async logs(tail: number, source?: string): Promise<LogLine[]> {
    return this.journal.read(tail, source);
  }

  /** Up, and ready when it answers. */
  async wake(): Promise<Outcome<{ state: string; ms: number }>> {
    const started = Date.now();
    return settle(async () => {
      if (!(await this.starter.isReady())) await this.bringUp("an operator's wake", { force: true });
      this.ledger.update({ desired: "running", lastActivityAt: Date.now() });
      return { state: this.ledger.current.state, ms: Date.now() - started };
    });
  }

  /** Stopped on purpose: cron leaves it, a wake or a chat ends it. Says why changes were lost, if any were. */
  async stop(): Promise<Outcome<{ state: string; ms: number; unsaved: string | null }>> {
    const started = Date.now();
    return settle(async () => {
      const { unsaved } = await this.rest.stop("stopped", "an operator's stop");
      return { state: this.ledger.current.state, ms: Date.now() - started, unsaved };
    });
  }

  /** Puts a running bot to sleep after what it does, so that a new image can start at the next wake. */
  async drain(): Promise<Outcome<{ state: string; unsaved: string | null }>> {
    return settle(async () => {
      const runs = this.ledger.current.desired === "running";
      const unsaved = runs ? (await this.rest.stop("asleep", "an operator's drain")).unsaved : null;
      return { state: this.ledger.current.state, unsaved };
    });
  }

  /** The repository asks about a run at each write (see `snapshots/access.ts`). */
  async repositoryAccess(run: string): Promise<RepositoryAccess> {
    return this.memory.repositoryAccess(run);
  }

  /** The container got the signal to end: one last snapshot, whose run its init keeps alive. */
  async containerEnds(): Promise<Outcome<{ run: string }>> {
    return settle(() => this.ending.begin());
  }

  /** Whether a snapshot is being made, or its result not judged yet. */
  async isSaving(): Promise<boolean> {
    return this.memory.isSaving;
  }

  /** Begins a snapshot now; `trustShrunk`: a home that shrank is right. */
  async snapshot(trustShrunk: boolean): Promise<Outcome<{ run: string }>> {
    return settle(() => this.memory.begin("operator", { trustShrunk }));
  }

  /** Every snapshot, the newest first, and the one that is the memory. */
  async snapshots(): Promise<{ current: string | null; snapshots: SnapshotRecord[] }> {
    return this.memory.snapshots();
  }

  /** Begins to go back, or forward, to a snapshot, by its id or the beginning of it. `starts`: and the bot runs afterwards. */
  async restore(id: string, force: boolean, starts: boolean): Promise<Outcome<{ run: string; snapshot: string }>> {
    return settle(async () => {
      const record = await this.memory.theOne(id);
      await this.ctx.storage.setAlarm(Date.now() + 30_000);
      return { ...this.rollback.begin(record, { force, starts }), snapshot: record.id };
    });
  }

  /** Begins to start with an empty home; what is saved stays. `bot` is this bot's name, as a proof of what is meant. */
  async startFresh(bot: string, force: boolean): Promise<Outcome<{ run: string }>> {
    return settle(async () => {
      if (bot !== declaration.bot) throw new BotError("otherBot", { bot: declaration.bot });
      await this.ctx.storage.setAlarm(Date.now() + 30_000);
      return this.rollback.begin(null, { force });
    });
  }

  /** Begins to restore the memory into an empty container of its own, where it is verified and read. */
  async drill(): Promise<Outcome<{ run: string }>> {
    return settle(() => this.memory.care.drill());
  }

  /** Begins to tidy and check the repository. */
  async care(): Promise<Outcome<{ run: string }>> {
    return settle(() => this.memory.care.care());
  }

  /** Begins to compare two snapshots, by their ids or the beginnings of them. */
  async diff(from: string, to: string): Promise<Outcome<{ run: string }>> {
    return settle(async () => this.memory.care.diff(await this.memory.theOne(from), await this.memory.theOne(to)));
  }

  /** Begins to make a snapshot ready to be fetched, the memory unless `id` says which. */
  async export(id: string | undefined): Promise<Outcome<{ run: string; snapshot: string }>> {
    return settle(async () => this.memory.care.export(id === undefined ? undefined : await this.memory.theOne(id)));
  }

  /** Begins to make a snapshot of a home from elsewhere, which is sent to the run. The bot stops and is saved first. */
  async import(ordered: ImportOrdered): Promise<Outcome<ImportBegun>> {
    return settle(async () => {
      const begun = await beginImport({ memory: this.memory, rest: this.rest, rollback: this.rollback }, ordered);
      await this.ctx.storage.setAlarm(Date.now() + 30_000);
      return begun;
    });
  }

  /** A run or an operator's restore, under way or ended. */
  async run(id: string): Promise<Outcome<RunReport>> {
    return settle(async () => {
      const report = (await this.rollback.report(id)) ?? (await this.memory.runReport(id));
      if (report === undefined) throw new BotError("runUnknown", { run: id });
      return report;
    });
  }

  /** Makes the bot run what is declared, in the background; says what there is to wait for. */
  async converge(): Promise<Convergence> {
    return this.converger.converge();
  }

  /** Makes what is agree with what should be. */
  private async tick(cause: "alarm" | "cron"): Promise<void> {
    this.rollback.resume();
    this.memory.care.tend();
    await this.watch.look(cause);
  }

  private get boxName(): string {
    const number = this.ctx.storage.kv.get<number>("box") ?? 1;
    return number === 1 ? firstBox : `${firstBox}-${number}`;
  }

  /** The alarm is set before anything is tried: an object that is reset half-way is woken by it and goes on. */
  private async bringUp(cause: string, options: { force?: boolean } = {}): Promise<void> {
    await this.rest.settled();
    this.ledger.update({ desired: "running" });
    if (!this.starter.starting) await this.ctx.storage.setAlarm(Date.now() + 30_000);
    await this.starter.ensureReady(cause, options);
  }

  private inBackground(what: string, work: () => Promise<unknown>): void {
    const done = work().catch((error: unknown) => this.log("warn", `${what} failed`, { reason: reasonOf(error) }));
    this.ctx.waitUntil(done);
  }
}
