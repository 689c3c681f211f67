import { DurableObject } from "cloudflare:workers";
import type { AlarmsReport, AlarmsTest } from "../alarms/alarm.ts";
import type { ModelEnd } from "../alarms/modelCalls.ts";
import type { DashboardProgress } from "../dashboard/door.ts";
import { declaration } from "../declaration.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Asked } from "../operatorBot/asked.ts";
import type { Message } from "../operatorBot/message.ts";
import { type Outcome, settle } from "../outcome.ts";
import type { RepositoryAccess } from "../snapshots/access.ts";
import type { ImportBegun } from "../snapshots/importOrder.ts";
import type { SnapshotRecord } from "../snapshots/record.ts";
import type { RunReport } from "../snapshots/runs.ts";
import { type AgentEnv, assembled } from "./assembly.ts";
import type { ClientToken, Found } from "./clientTokens.ts";
import { type ConfigReport, configReport } from "./configReport.ts";
import type { Convergence } from "./converge.ts";
import { beginImport, type ImportOrdered } from "./importing.ts";
import type { LogPage, LogsQuery } from "./journal.ts";
import { type Machine, masked } from "./machine.ts";
import { operatorBotOf } from "./operatorBot.ts";
import type { OperatorSession } from "./operatorSessions.ts";
import type { ContainerRestarted, Restarted } from "./restarts.ts";
import type { SecretAge } from "./secretAges.ts";
import type { Status } from "./status.ts";
import { statusOf } from "./statusOf.ts";

/** The one owner of the container's life (design decision 1). Everything that wakes, uses or stops the bot comes through here. */
export class Agent extends DurableObject<AgentEnv> {
  private readonly parts: ReturnType<typeof assembled>;
  private readonly operatorBot: ReturnType<typeof operatorBotOf>;

  constructor(ctx: DurableObjectState, env: AgentEnv) {
    super(ctx, env);
    this.parts = assembled(ctx, env);
    this.operatorBot = operatorBotOf(this, this.parts, ctx.storage, env);
  }

  /** A request that the Worker has let in: a client's on /v1, an operator's for the dashboard, or below /box. */
  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/dashboard/")) return this.parts.dashboardDoor.answer(request);
    if (pathname.startsWith("/box/")) return this.parts.handsApp.fetch(request);
    try {
      return await this.parts.front.answer(request);
    } catch (error) {
      const problem = error instanceof BotError ? error : new BotError("gatewayLost", { reason: reasonOf(error) });
      this.parts.log("warn", problem.message, { code: problem.code, requestId: request.headers.get("x-request-id") });
      return problem.toOpenAi();
    }
  }

  /** A stream broke that a client was reading: inside, or on the way from this object. */
  streamCut(reason: string): void {
    this.parts.streamCut(reason);
  }

  override alarm(): Promise<void> {
    return this.tick("alarm");
  }

  /** The cron tick. */
  reconcile(): Promise<void> {
    this.parts.inBackground("the size of the bucket", () => this.parts.storedSize.look());
    return this.tick("cron");
  }

  /** News from the box: its container has ended. */
  async boxEnded(exitCode: number): Promise<void> {
    const { ending, ledger, starter, rest, alarms } = this.parts;
    const wasTold = ending.isUnderWay;
    ending.over();
    if (starter.starting || rest.stopping || ledger.current.desired !== "running") return;
    if (ledger.moveIfLegal("lost", `the container ended with exit code ${exitCode}`)) {
      ledger.update({ running: null });
      if (!wasTold) alarms.lost(`The container ended with exit code ${exitCode}, and nobody asked it to.`);
      await this.ctx.storage.setAlarm(Date.now() + 1_000);
    }
  }

  async status(): Promise<Status> {
    const { queue, ledger, memory, sleepAfterSeconds, declaredRun, alarms } = this.parts;
    const runs = { active: queue.active, queued: queue.queued };
    const record = ledger.current;
    const declared = { declaration, run: declaredRun, sleepAfterSeconds };
    return statusOf(record, declared, runs, memory.report(record.running !== null), alarms.lines);
  }

  /** What is wrong, what was, and who was told. */
  async alarms(): Promise<AlarmsReport> {
    return this.parts.alarms.report();
  }

  /** Sends a test to each channel that alarms are told over. */
  async testAlarms(): Promise<AlarmsTest> {
    return this.parts.alarms.test();
  }

  /** The model proxy tells how a call ended. */
  async modelAnswered(end: ModelEnd): Promise<void> {
    this.parts.alarms.modelAnswered(end);
  }

  /** Lines of the journal; of a bot that is up, what its gateway has written since comes first. */
  async logs(query: LogsQuery): Promise<LogPage> {
    const { journal, gatewayLog } = this.parts;
    if (query.source !== "worker" && (await this.mayLookInside())) await gatewayLog.refresh();
    return journal.read(query);
  }

  /** What the container looks like inside, without secrets; null while it is down, or does not answer. */
  async machine(): Promise<Machine | null> {
    const { gateway, mask } = this.parts;
    return this.lookedInside("the container", async () => masked(await gateway.machine(), mask));
  }

  /** What Hermes goes by, leaf by leaf; of a bot that is down, what the stack declares. */
  async config(): Promise<ConfigReport> {
    const { gateway, mask, ledger, declaredRun } = this.parts;
    const { running } = ledger.current;
    const applied = running && running.declaration === declaredRun.declaration;
    const box = await this.lookedInside("the container's configuration", () => gateway.config());
    return configReport(declaration, box, applied, mask);
  }

  /** Of the Hermes that ran last. */
  async slackManifest(): Promise<Outcome<string>> {
    return settle(async () => this.parts.slackManifest.text);
  }

  /** Up, and ready when it answers. */
  async wake(): Promise<Outcome<{ state: string; ms: number }>> {
    const { starter, bringUp, ledger } = this.parts;
    const started = Date.now();
    this.parts.alarms.operatorActed();
    return settle(async () => {
      if (!(await starter.isReady())) await bringUp("an operator's wake", { force: true });
      ledger.used({ desired: "running" });
      return { state: ledger.current.state, ms: Date.now() - started };
    });
  }

  /** Begins to wake the bot and to start its dashboard; {@link dashboardProgress} tells how far that is. */
  async openDashboard(): Promise<void> {
    this.parts.dashboardDoor.open();
  }

  /** Wakes nothing. */
  async dashboardProgress(): Promise<DashboardProgress> {
    return this.parts.dashboardDoor.progress();
  }

  /** Stopped on purpose: cron leaves it, a wake or a chat ends it. Says why changes were lost, if any were. */
  async stop(): Promise<Outcome<{ state: string; ms: number; unsaved: string | null }>> {
    const started = Date.now();
    return settle(async () => {
      const { unsaved } = await this.parts.rest.stop("stopped", "an operator's stop");
      return { state: this.parts.ledger.current.state, ms: Date.now() - started, unsaved };
    });
  }

  /** A new gateway process in the same container, whose disk stays. */
  async restartGateway(): Promise<Outcome<Restarted>> {
    this.parts.alarms.operatorActed();
    return settle(() => this.parts.restarts.gateway());
  }

  /** A new container of the declared image with the memory of this one. `force`: even where that cannot be saved. */
  async restart(force = false): Promise<Outcome<ContainerRestarted>> {
    this.parts.alarms.operatorActed();
    return settle(() => this.parts.restarts.container(force));
  }

  /** Puts a running bot to sleep after what it does, so that a new image can start at the next wake. */
  async drain(): Promise<Outcome<{ state: string; unsaved: string | null }>> {
    const { ledger, rest } = this.parts;
    return settle(async () => {
      const runs = ledger.current.desired === "running";
      const unsaved = runs ? (await rest.stop("asleep", "an operator's drain")).unsaved : null;
      return { state: ledger.current.state, unsaved };
    });
  }

  /** The repository asks about a run at each write (see `snapshots/access.ts`). */
  async repositoryAccess(run: string): Promise<RepositoryAccess> {
    return this.parts.memory.repositoryAccess(run);
  }

  /** The container got the signal to end: one last snapshot, whose run its init keeps alive. */
  async containerEnds(): Promise<Outcome<{ run: string }>> {
    return settle(() => this.parts.ending.begin());
  }

  /** Whether a snapshot is being made, or its result not judged yet. */
  async isSaving(): Promise<boolean> {
    return this.parts.memory.isSaving;
  }

  /** Begins a snapshot now; `trustShrunk`: a home that shrank is right. */
  async snapshot(trustShrunk: boolean): Promise<Outcome<{ run: string }>> {
    return settle(() => this.parts.memory.begin("operator", { trustShrunk }));
  }

  /** Every snapshot, the newest first, and the one that is the memory. */
  async snapshots(): Promise<{ current: string | null; snapshots: SnapshotRecord[] }> {
    return this.parts.memory.snapshots();
  }

  /** Begins to go back, or forward, to a snapshot, by its id or the beginning of it. `starts`: and the bot runs afterwards. */
  async restore(id: string, force: boolean, starts: boolean): Promise<Outcome<{ run: string; snapshot: string }>> {
    return settle(async () => {
      const record = await this.parts.memory.theOne(id);
      await this.parts.goesOn();
      return { ...this.parts.rollback.begin(record, { force, starts }), snapshot: record.id };
    });
  }

  /** Begins to start with an empty home; what is saved stays. `bot` is this bot's name, as a proof of what is meant. */
  async startFresh(bot: string, force: boolean): Promise<Outcome<{ run: string }>> {
    return settle(async () => {
      if (bot !== declaration.bot) throw new BotError("otherBot", { bot: declaration.bot });
      await this.parts.goesOn();
      return this.parts.rollback.begin(null, { force });
    });
  }

  /** Begins to restore the memory into an empty container of its own, where it is verified and read. */
  async drill(): Promise<Outcome<{ run: string }>> {
    return settle(() => this.parts.memory.care.drill());
  }

  /** Begins to tidy and check the repository. */
  async care(): Promise<Outcome<{ run: string }>> {
    return settle(() => this.parts.memory.care.care());
  }

  /** Begins to compare two snapshots, by their ids or the beginnings of them. */
  async diff(from: string, to: string): Promise<Outcome<{ run: string }>> {
    return settle(async () =>
      this.parts.memory.care.diff(await this.parts.memory.theOne(from), await this.parts.memory.theOne(to)),
    );
  }

  /** Begins to make a snapshot ready to be fetched, the memory unless `id` says which. */
  async export(id: string | undefined): Promise<Outcome<{ run: string; snapshot: string }>> {
    return settle(async () =>
      this.parts.memory.care.export(id === undefined ? undefined : await this.parts.memory.theOne(id)),
    );
  }

  /** Begins to make a snapshot of a home from elsewhere, which is sent to the run. The bot stops and is saved first. */
  async import(ordered: ImportOrdered): Promise<Outcome<ImportBegun>> {
    return settle(async () => {
      const begun = await beginImport(this.parts, ordered);
      await this.parts.goesOn();
      return begun;
    });
  }

  /** A run or an operator's restore, under way or ended. */
  async run(id: string): Promise<Outcome<RunReport>> {
    return settle(async () => {
      const report = (await this.parts.rollback.report(id)) ?? (await this.parts.memory.runReport(id));
      if (report === undefined) throw new BotError("runUnknown", { run: id });
      return report;
    });
  }

  /** Makes the bot run what is declared, in the background; says what there is to wait for. */
  async converge(): Promise<Convergence> {
    return this.parts.converger.converge();
  }

  /** What a look into the container shows; null while it is down, or where it does not answer. */
  private async lookedInside<T>(what: string, look: () => Promise<T>): Promise<T | null> {
    if (!(await this.mayLookInside())) return null;
    return look().catch((error: unknown) => {
      this.parts.log("warn", `${what} could not be looked at`, { reason: reasonOf(error) });
      return null;
    });
  }

  /** Whether a container is up that a command does not disturb: one would start where none runs, and one that ends is left alone. */
  private async mayLookInside(): Promise<boolean> {
    const { box, ledger, rest } = this.parts;
    const { state } = ledger.current;
    const hasServer = ["restored", "starting", "ready", "failed"].includes(state);
    return hasServer && !rest.stopping && (await box.isRunning());
  }

  /** Whether a request that Slack has signed is the first with its signature. */
  async slackFirst(signature: string, timestamp: number, request: string): Promise<boolean> {
    return this.operatorBot.seen.take(signature, timestamp, request);
  }

  /** What the operator's bot answers at once; null: the answer comes later, by itself. */
  async slackAsked(asked: Asked): Promise<Message | null> {
    return this.operatorBot.bot.answer(asked);
  }

  /** Whose token of /v1 has this SHA-256. */
  async clientToken(digest: string): Promise<Found> {
    return this.parts.clientTokens.find(digest);
  }

  /** The named tokens of /v1. */
  async tokens(): Promise<ClientToken[]> {
    return this.parts.clientTokens.list();
  }

  /** Takes a token by its SHA-256; `lifeSeconds` null: for good. */
  async addToken(name: string, digest: string, lifeSeconds: number | null): Promise<Outcome<ClientToken>> {
    return settle(async () => this.parts.clientTokens.add(name, digest, lifeSeconds));
  }

  async rotateToken(name: string, digest: string, overlapSeconds: number): Promise<Outcome<ClientToken>> {
    return settle(async () => this.parts.clientTokens.rotate(name, digest, overlapSeconds));
  }

  async revokeToken(name: string): Promise<Outcome<number>> {
    return settle(async () => this.parts.clientTokens.revoke(name));
  }

  /** Since when the bot has seen the secrets that it has; never a value. */
  async secretAges(): Promise<SecretAge[]> {
    return this.parts.secretAges.look();
  }

  /** An operator logs in with a browser; the session goes by the SHA-256 of its id. */
  async beginSession(idDigest: string, session: OperatorSession, lifeSeconds: number): Promise<void> {
    this.parts.operatorSessions.begin(idDigest, session, lifeSeconds);
  }

  async session(idDigest: string): Promise<OperatorSession | null> {
    return this.parts.operatorSessions.find(idDigest);
  }

  async endSession(idDigest: string): Promise<void> {
    this.parts.operatorSessions.end(idDigest);
    await this.parts.dashboard.closeSession(idDigest);
  }

  /** Ends all operators' sessions; says how many there were. */
  async endSessions(): Promise<number> {
    const ended = this.parts.operatorSessions.endAll();
    await this.parts.dashboard.closeSession("every");
    return ended;
  }

  /** Makes what is agree with what should be. */
  private async tick(cause: "alarm" | "cron"): Promise<void> {
    this.parts.rollback.resume();
    this.operatorBot.bot.resume();
    this.parts.memory.care.tend();
    this.parts.secretAges.look();
    this.parts.inBackground("a look at what operators run", () => this.parts.hands.tend());
    await this.parts.watch.look(cause);
    await this.operatorBot.stayAwake();
  }
}
