/** What the Agent is made of, and how its parts hold together. */
import { Alarms } from "../alarms/alarms.ts";
import { channelsOf } from "../alarms/channels/all.ts";
import type { BucketBinding, EmailBinding, Secrets } from "../bound.ts";
import { Dashboard } from "../dashboard/dashboard.ts";
import { DashboardDoor } from "../dashboard/door.ts";
import { declaration } from "../declaration.ts";
import { reasonOf } from "../errors.ts";
import { type PoolBinding, poolOf } from "../exec/poolCall.ts";
import { appliedHash, attemptHash, identityOf } from "../identity.ts";
import { consoleLog, type Log, masker } from "../log.ts";
import { restartSchema } from "../restartSchema.ts";
import { type BoxBinding, sandboxBox } from "../sandbox/sandboxBox.ts";
import { generatedSecret, namedSecrets, secretsOfAStart, secretsOfAttempt, secretValues } from "../secrets.ts";
import { environmentOfRun } from "../snapshots/environment.ts";
import { Memory } from "../snapshots/memory.ts";
import { type SpendBinding, spendOf } from "../spend/call.ts";
import { tellIdle, tellUsage } from "../spend/tell.ts";
import { counted } from "../usage/bucket.ts";
import { StoredSize } from "../usage/storedSize.ts";
import { ClientTokens } from "./clientTokens.ts";
import type { DeclaredRun } from "./converge.ts";
import { Converger } from "./converger.ts";
import { Ending } from "./ending.ts";
import { Front } from "./front.ts";
import { Gateway } from "./gateway.ts";
import { GatewayLog } from "./gatewayLog.ts";
import { Hands } from "./hands.ts";
import { handsApp } from "./handsApp.ts";
import { HermesKey } from "./hermesKey.ts";
import { Home } from "./home.ts";
import { Journal } from "./journal.ts";
import { OperatorSessions } from "./operatorSessions.ts";
import { Ledger } from "./record.ts";
import { Rest } from "./rest.ts";
import { Restarts } from "./restarts.ts";
import { Rollback } from "./rollback.ts";
import { RunQueue } from "./runQueue.ts";
import { SecretAges } from "./secretAges.ts";
import { Sight } from "./sight.ts";
import { SlackManifest } from "./slackManifest.ts";
import { isAlwaysOn, sleepAfter } from "./sleep.ts";
import { Starter } from "./starter.ts";
import { Watch } from "./watch.ts";

/** Name of the first box that Hermes lives in; one that replaces it gets a number. */
const firstBox = "hermes";
/** How long a request may wait for a free run. */
const longestQueueMs = 60_000;
/** An object that is reset while it starts something is woken after so long and goes on. */
const goesOnAfterMs = 30_000;

/** What the Agent takes of the platform. */
export type AgentEnv = BoxBinding<"AgentBox" | "CareBox"> &
  PoolBinding &
  SpendBinding &
  BucketBinding &
  EmailBinding &
  Secrets;

/** Everything that an Agent object owns, over its storage. */
export function assembled(ctx: DurableObjectState, env: AgentEnv) {
  const { kv: storage, sql } = ctx.storage;
  const mask = masker(secretValues(env));
  const now = () => Date.now();
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const journal = new Journal(sql, mask);
  const log = logInto(journal, mask);
  const inBackground = (what: string, work: () => Promise<unknown>) =>
    ctx.waitUntil(work().catch((error: unknown) => log("warn", `${what} failed`, { reason: reasonOf(error) })));
  const ledger = new Ledger(storage, now, {
    moved: ({ from, to, cause, ms }) => log("info", `${from} → ${to}`, { cause, ms }),
    idled: (gap) => inBackground("telling of a gap between uses", () => tellIdle(env, gap)),
  });
  const bucket = counted(env.SNAPSHOTS);
  const storedSize = new StoredSize({ storage, bucket, tell: (reading) => tellUsage(env, reading), now });
  const declarationHash = appliedHash(declaration, secretsOfAStart(env));
  const attempt = attemptHash(declaration, secretsOfAttempt(env));
  const { image, network, size } = identityOf(declaration);
  const declaredRun: DeclaredRun = { declaration: declarationHash, image, network, size };
  const sleepAfterSeconds = sleepAfter(declaration);
  const boxNumber = () => storage.get<number>("box") ?? 1;
  const boxName = () => (boxNumber() === 1 ? firstBox : `${firstBox}-${boxNumber()}`);
  const replaceBox = () => storage.put("box", boxNumber() + 1);

  const queue = new RunQueue(declaration.maxConcurrentRuns, longestQueueMs);
  const box = sandboxBox(env.AGENT_BOX, boxName);
  const hermesKey = new HermesKey(() => generatedSecret(env, "apiServerKey"), storage);
  const apiServerKey = () => hermesKey.value();
  const gateway = new Gateway(box, hermesKey);
  const gatewayLog = new GatewayLog({ gateway, journal, storage, log, now });
  const captureLogs = () => gatewayLog.capture();
  const sight = new Sight({ gateway, gatewayLog, ledger, log, now });
  const slackManifest = new SlackManifest({ gateway, storage, log });
  const boxId = () => env.AGENT_BOX.idFromName(boxName()).toString();
  const memory = new Memory({
    box,
    boxId,
    bucket,
    storage,
    environment: (terms) => environmentOfRun(env, terms),
    careBox: (name) => ({
      box: sandboxBox(env.CARE_BOX, () => name),
      boxId: () => env.CARE_BOX.idFromName(name).toString(),
    }),
    boot: () => ledger.current.running?.bootId ?? null,
    versions: () => ({ ...declaration.versions, image: ledger.current.running?.image ?? "unknown" }),
    policy: declaration.snapshots,
    ...{ mask, inBackground, log, now, pause },
  });

  const alarms: Alarms = new Alarms({
    policy: declaration.alarms,
    origin: declaration,
    drillDays: declaration.snapshots.drillDays,
    record: () => ledger.current,
    declared: declaredRun,
    memory: () => memory.report(ledger.current.running !== null),
    moving: () => rest.stopping || rollback.underWay !== undefined || ending.isUnderWay || startsAsAsked(),
    vitals: async () => ((await box.isRunning()) ? sight.vitals() : null),
    exec: () => poolOf(env).report(),
    spend: () => spendOf(env).standing(),
    ask: (method, path, body, session) => gateway.request(method, path, body, session),
    channels: channelsOf(env, declaration, now),
    busy: () => gateway.busy(),
    remedies: {
      gateway: (cause) => restarts.gateway(cause),
      container: (cause) => restarts.container(false, cause),
    },
    ...{ storage, inBackground, mask, log, now },
  });
  const startsAsAsked = () => starter.starting && ledger.current.failures.count === 0 && !alarms.isTroubled;
  const shared = { alarms, box, gateway, ledger, memory, captureLogs, storage, inBackground, log, now, pause };
  const ending = new Ending({ ...shared, image });
  const home = new Home({ ...shared, ending, declaration, declarationHash, replaceBox });
  const becameReady = () => {
    alarms.answered();
    inBackground("the Slack manifest", () =>
      slackManifest.keep(ledger.current.running?.hermes ?? declaration.versions.hermes ?? "unknown"),
    );
  };
  const restart = restartSchema.parse(declaration.restart ?? {});
  const starter = new Starter({ ...shared, ending, home, env, mask, restart, declarationHash, attempt, becameReady });
  const dashboard: Dashboard = new Dashboard({ ...shared, mayStart: () => mayStart() });
  const rest = new Rest({ ...shared, ending, dashboard });
  const mayStart = async (): Promise<boolean> => !rest.stopping && (await starter.isReady());
  /** The alarm is set before anything is tried. */
  const bringUp = async (cause: string, options: { force?: boolean } = {}) => {
    await rest.settled();
    ledger.update({ desired: "running" });
    if (!starter.starting) await goesOn();
    await starter.ensureReady(cause, options);
  };
  const goesOn = () => ctx.storage.setAlarm(now() + goesOnAfterMs);
  const rollback = new Rollback({ ...shared, rest, bringUp: (cause) => bringUp(cause, { force: true }) });
  const restarts = new Restarts({
    ...shared,
    ...{ rest, starter, rollback, image, goesOn },
    bringUp: (cause) => bringUp(cause, { force: true }),
  });
  const declared = { ...declaredRun, alwaysOn: isAlwaysOn(declaration) };
  const converger = new Converger({ ...shared, queue, starter, rest, declared, bringUp: (cause) => bringUp(cause) });
  const runs = () => queue.active + queue.queued + hands.watched;
  const setAlarm = (at: number) => ctx.storage.setAlarm(at);
  const hands = new Hands({
    ...shared,
    mask,
    settled: () => rest.settled(),
    isReady: () => starter.isReady(),
    bringUp: (cause) => bringUp(cause, { force: true }),
    deadlineSeconds: declaration.exec.deadlineMinutes * 60,
    record: (row) => poolOf(env).record(row),
  });
  const watch = new Watch({ ...shared, sight, ending, starter, rest, dashboard, sleepAfterSeconds, runs, setAlarm });
  const lookAfter = (cause: string) => inBackground("a look at the gateway", () => watch.lookAnew(cause));
  const streamCut = (reason: string) => {
    ledger.update({ cutStreams: ledger.current.cutStreams + 1 });
    log("warn", "a client's stream was cut", { reason, cutStreams: ledger.current.cutStreams });
    lookAfter("a client's stream was cut");
  };
  const front = new Front({
    box,
    queue,
    apiServerKey,
    isReady: () => starter.isReady(),
    wake: (cause) => bringUp(cause),
    settled: () => rest.settled(),
    lost: () => lookAfter("a client's request was cut"),
    cut: streamCut,
    used: () => ledger.used(),
  });
  const dashboardDoor = new DashboardDoor({ ...shared, dashboard, wake: (cause) => bringUp(cause, { force: true }) });
  const parts = {
    alarms,
    journal,
    log,
    ledger,
    queue,
    memory,
    ending,
    starter,
    rest,
    rollback,
    restarts,
    converger,
    watch,
    front,
    dashboard,
    dashboardDoor,
  };
  const callers = { clientTokens: new ClientTokens(sql, now), operatorSessions: new OperatorSessions(sql, now) };
  const secretAges = new SecretAges(storage, () => namedSecrets(env, new Date(now())), now);
  const means = {
    secretAges,
    storedSize,
    declaredRun,
    hands,
    handsApp: handsApp(hands, log),
    inBackground,
    box,
    gateway,
    gatewayLog,
    slackManifest,
    mask,
    sleepAfterSeconds,
  };
  return { ...parts, ...callers, ...means, bringUp, goesOn, streamCut };
}

/** To the platform's log, and into the journal that outlives the container. */
function logInto(journal: Journal, mask: (text: string) => string): Log {
  const toConsole = consoleLog(mask, { bot: declaration.bot, object: "agent" });
  return (level, text, fields) => {
    toConsole(level, text, fields);
    journal.add("worker", level, [fields ? `${text} ${JSON.stringify(fields)}` : text], new Date());
  };
}
