import type * as z from "zod";
import { Alarms } from "../alarms/alarms.ts";
import type { AskHermes } from "../alarms/canary.ts";
import type { Channel } from "../alarms/channels/channel.ts";
import type { Notice } from "../alarms/notice.ts";
import { alarmPolicySchema, type Declaration } from "../declarationSchema.ts";
import { restartSchema } from "../restartSchema.ts";
import { Memory } from "../snapshots/memory.ts";
import type { SpendStanding } from "../spend/report.ts";
import type { KeyStorage } from "../storage.ts";
import { FakeBucket } from "../testing/fakeBucket.ts";
import type { Gap } from "../usage/reading.ts";
import { Ending } from "./ending.ts";
import { FakeBox } from "./fakeBox.ts";
import { FakeRepository } from "./fakeRuns.ts";
import { Gateway } from "./gateway.ts";
import { Home } from "./home.ts";
import { Ledger } from "./record.ts";
import { Rest } from "./rest.ts";
import { Restarts } from "./restarts.ts";
import { Rollback } from "./rollback.ts";
import { Sight } from "./sight.ts";
import { SlackManifest } from "./slackManifest.ts";
import { Starter } from "./starter.ts";
import { Watch } from "./watch.ts";

const agent = { network: "internet", hosts: [] };
const declaration = { images: { hermes: "image-1" }, maxConcurrentRuns: 32, agent } as unknown as Declaration;

/** What outlives an Agent object: the platform's side of a bot, for tests. */
export class World {
  readonly clock = { now: Date.parse("2026-11-21T12:00:00Z") };
  readonly bucket = new FakeBucket(() => this.clock.now);
  readonly repository = new FakeRepository(this.bucket);
  readonly box = new FakeBox(this.repository);
  readonly careBoxes = {
    maintenance: new FakeBox(this.repository),
    drill: new FakeBox(this.repository),
    desk: new FakeBox(this.repository),
    import: new FakeBox(this.repository),
  };
  stored = new Map<string, unknown>();
  /** What models have cost. */
  spend = (): SpendStanding => ({ standing: [], unpriced: [], unknownPrice: "uncounted" });
  /** While nobody used it. */
  readonly gaps: Gap[] = [];
  /** Notices that a channel took, and the channel: set `refuses` and it takes none. */
  readonly told: Notice[] = [];
  refuses: string | undefined;
  /** How Hermes answers the canary. */
  sings: AskHermes = async () => Response.json({ error: "not set" }, { status: 500 });

  get storage(): KeyStorage {
    return {
      get: (key) => structuredClone(this.stored.get(key)),
      put: (key, value) => void this.stored.set(key, structuredClone(value)),
      delete: (key) => this.stored.delete(key),
      list: ({ prefix }) => [...this.stored].filter(([key]) => key.startsWith(prefix)),
    };
  }
}

/** A bot over a fake box, with a clock in hand. A second one over the same world is what a reset object finds. */
export function aBot({
  sleepAfterSeconds = 3600 as number | null,
  world = new World(),
  alarmPolicy = {} as z.input<typeof alarmPolicySchema>,
  restart = {} as z.input<typeof restartSchema>,
} = {}) {
  const { box, clock, storage, bucket, repository } = world;
  const alarms: number[] = [];
  const logged: string[] = [];
  const background: Promise<unknown>[] = [];
  const now = () => clock.now;
  const pause = async (ms: number) => {
    clock.now += ms;
  };
  const log = (_level: string, text: string, fields: object = {}) =>
    void logged.push(`${text} ${JSON.stringify(fields)}`);
  const inBackground = (_what: string, work: () => Promise<unknown>) =>
    void background.push(work().catch((error: unknown) => log("warn", String(error))));
  const ledger = new Ledger(storage, now, { moved: () => {}, idled: (gap) => void world.gaps.push(gap) });
  const gateway = new Gateway(box, { forStart: () => "api-server-key-0123", value: () => "api-server-key-0123" });
  const captureLogs = async () => {};
  const sight = new Sight({ gateway, gatewayLog: { keep: () => {} }, ledger, log, now });
  const memory = new Memory({
    box,
    boxId: () => "box-1",
    bucket: bucket.asBucket,
    storage,
    environment: async ({ run, role, boxId }) => ({ RESTIC_REST_USERNAME: `${role}.${run}.${boxId}` }),
    boot: () => ledger.current.running?.bootId ?? null,
    versions: () => ({ talaria: "1", image: ledger.current.running?.image ?? "unknown" }),
    policy: {
      intervalMinutes: 5,
      keep: { last: 1, hourly: 1, daily: 1, weekly: 1, monthly: 1 },
      drillDays: 7,
      careIndexFiles: 300,
    },
    careBox: (name) => ({ box: world.careBoxes[name], boxId: () => name }),
    mask: (text) => text,
    inBackground,
    log,
    now,
    pause,
  });
  const channel: Channel = {
    name: "webhook",
    target: "a test",
    tell: async (notice) => {
      if (world.refuses !== undefined) throw new Error(world.refuses);
      world.told.push(notice);
    },
  };
  const image = declaration.images.hermes;
  const declarationHash = "d1";
  const attempt = "a1";
  const desk: Alarms = new Alarms({
    storage,
    policy: alarmPolicySchema.parse(alarmPolicy),
    origin: { bot: "a-bot", stack: "test" },
    drillDays: 7,
    record: () => ledger.current,
    declared: { image, declaration: declarationHash },
    memory: () => memory.report(ledger.current.running !== null),
    moving: () =>
      rest.stopping ||
      rollback.underWay !== undefined ||
      ending.isUnderWay ||
      (starter.starting && ledger.current.failures.count === 0 && !desk.isTroubled),
    vitals: async () => ((await box.isRunning()) ? sight.vitals() : null),
    exec: async () => ({}),
    spend: async () => world.spend(),
    ask: (...asked) => world.sings(...asked),
    channels: [channel],
    busy: () => gateway.busy(),
    remedies: {
      gateway: (cause) => restarts.gateway(cause),
      container: (cause) => restarts.container(false, cause),
    },
    ...{ inBackground, mask: (text: string) => text, log, now },
  });
  const shared = { alarms: desk, box, gateway, ledger, memory, captureLogs, now, pause, log };
  const replaced: string[] = [];
  const replaceBox = () => {
    replaced.push(box.image ?? "");
    box.image = box.imageOfNewNames;
  };
  const ending = new Ending({ ...shared, storage, image: declaration.images.hermes });
  const manifest = new SlackManifest({ gateway, storage, log });
  const becameReady = () => {
    desk.answered();
    inBackground("the Slack manifest", () => manifest.keep("0.22.2"));
  };
  const home = new Home({ ...shared, ending, declaration, declarationHash, replaceBox });
  const starter = new Starter({
    ...shared,
    ending,
    home,
    env: {},
    mask: (text) => text,
    restart: restartSchema.parse(restart),
    declarationHash,
    attempt,
    becameReady,
  });
  const dashboard = { isOpen: false, ends: [] as boolean[] };
  const inUse = async () => dashboard.isOpen;
  const end = async () => void dashboard.ends.push(box.gatewayAlive);
  const rest = new Rest({ ...shared, ending, dashboard: { end } });
  const setAlarm = async (at: number) => void alarms.push(at);
  const watch = new Watch({
    ...shared,
    sight,
    ending,
    starter,
    rest,
    sleepAfterSeconds,
    runs: () => 0,
    setAlarm,
    dashboard: { inUse },
  });
  const wake = async () => {
    ledger.used({ desired: "running" });
    await starter.ensureReady("a test", { force: true });
  };
  const rollback = new Rollback({ memory, rest, bringUp: wake, storage, inBackground, log, now });
  const restarts = new Restarts({ ...shared, rest, starter, rollback, image, bringUp: wake, goesOn: async () => {} });
  /** Lets everything in the background come to its end. */
  const settle = async () => {
    while (background.length > 0) await background.shift();
  };
  return {
    ...{
      world,
      box,
      ledger,
      starter,
      rest,
      watch,
      memory,
      ending,
      rollback,
      restarts,
      manifest,
      clock,
      alarms,
      wake,
      storage,
      replaced,
    },
    ...{ repository, bucket, logged, settle, dashboard, desk },
  };
}
