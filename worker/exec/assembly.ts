/** What an ExecSession is made of, and how its parts hold together. */
import type { BucketBinding, Secrets } from "../bound.ts";
import { declaration } from "../declaration.ts";
import { reasonOf } from "../errors.ts";
import { consoleLog, masker } from "../log.ts";
import { secretValues } from "../secrets.ts";
import { counted } from "../usage/bucket.ts";
import { WorkspaceDocuments } from "./documents.ts";
import { Ends } from "./ends.ts";
import { FreshBoxes } from "./freshBoxes.ts";
import { Jobs } from "./jobs.ts";
import { Keeper } from "./keeper.ts";
import type { SessionMeans } from "./means.ts";
import { Notices } from "./notices.ts";
import { Orders } from "./orders.ts";
import { Placing } from "./placing.ts";
import type { ExecPool } from "./pool.ts";
import { type PoolBinding, poolOf } from "./poolCall.ts";
import { Reading } from "./reading.ts";
import { Supervisor } from "./supervisor.ts";
import { Tending } from "./tending.ts";
import { Workspaces } from "./workspace.ts";

/** The part of the pool that a session uses. */
type SessionPool = {
  [M in "admit" | "lease" | "release" | "record" | "forget"]: (
    ...given: Parameters<ExecPool[M]>
  ) => ReturnType<ExecPool[M]>;
};

/** What a session's object takes of the platform. */
export type SessionEnv = PoolBinding & BucketBinding & Secrets;

/** Everything that a session's object owns, over its storage. */
export function assembled(
  ctx: DurableObjectState,
  env: SessionEnv,
  { box: boxOf, policy, made, declared }: SessionMeans,
) {
  const { sql, kv: storage } = ctx.storage;
  const mask = masker(secretValues(env));
  const log = consoleLog(mask, { bot: declaration.bot, object: "execSession" });
  const now = () => Date.now();
  const session = () => storage.get<string>("session") ?? "";
  const inBackground = (what: string, work: () => Promise<unknown>) =>
    ctx.waitUntil(work().catch((error: unknown) => log("warn", `${what} failed`, { reason: reasonOf(error) })));
  const supervisor = (box: string) => new Supervisor(box, boxOf(box));
  // A stub that has met a reset stays broken: each call has its own.
  const pool: SessionPool = {
    admit: (...given) => poolOf(env).admit(...given),
    lease: (...given) => poolOf(env).lease(...given),
    release: (...given) => poolOf(env).release(...given),
    record: (...given) => poolOf(env).record(...given),
    forget: (...given) => poolOf(env).forget(...given),
  };
  const lastUseAt = () => storage.get<number>("lastUseAt") ?? 0;

  let alarmAt: number | null | undefined;
  const wakeBy = async (at: number) => {
    alarmAt ??= await ctx.storage.getAlarm();
    if (alarmAt !== null && alarmAt <= at) return;
    alarmAt = at;
    await ctx.storage.setAlarm(at);
  };

  const jobs = new Jobs(sql);
  const notices = new Notices(storage);
  const documents = new WorkspaceDocuments({ declared, storage, notices, session, log });
  const workspaces = new Workspaces({ bucket: counted(env.SNAPSHOTS), session, policy, inBackground, log, now });
  const shared = {
    session,
    storage,
    pool,
    policy,
    made,
    jobs,
    supervisor,
    workspaces,
    notices,
    documents,
    inBackground,
    log,
    now,
  };
  const hasWork = () => jobs.unfinished().some(({ fresh, state }) => !fresh && state !== "placing");
  const keeper: Keeper = new Keeper({
    ...shared,
    hasWork,
    onGone: (box, why) => {
      for (const job of jobs.all()) if (!job.fresh && job.box === box) ends.lost(job, why);
    },
  });
  const hasWorkspace = async () => keeper.isHeld || (policy.persist && (await workspaces.exist()));
  const freshBoxes = new FreshBoxes({ ...shared, keeper, hasWorkspace });
  const ends: Ends = new Ends({
    ...shared,
    isolation: policy.isolation,
    keeper,
    freshBoxes,
    record: (row) => pool.record(row),
  });
  const wakes = async () => {
    storage.put("lastUseAt", now());
    await wakeBy(now() + 30_000);
  };
  const { admit } = pool;
  const placing = new Placing({ ...shared, keeper, freshBoxes, ends, admit, wakes });
  const reading = new Reading({ ...shared, keeper, placing, ends });
  const orders = new Orders({ ...shared, placing, reading, ends, freshBoxes });
  const removeAll = async () => {
    await workspaces.remove();
    await pool.forget(session());
    for (const key of ["lastUseAt", "former", "notices", "documents", "session"]) storage.delete(key);
  };
  const tending = new Tending({ ...shared, keeper, placing, reading, ends, orders, lastUseAt, hasWork, removeAll });
  /** The alarm has come: does what is due, and sets the next. */
  const alarm = async () => {
    alarmAt = null;
    await wakeBy(now() + 60_000); // where this is interrupted
    await tending.tend();
    const next = tending.next();
    if (next === null) await ctx.storage.deleteAlarm();
    else await ctx.storage.setAlarm(next);
    alarmAt = next;
  };
  return {
    policy,
    mask,
    session,
    storage,
    supervisor,
    pool,
    jobs,
    keeper,
    placing,
    reading,
    orders,
    workspaces,
    inBackground,
    wakeBy,
    alarm,
    log,
    now,
  };
}
export type SessionParts = ReturnType<typeof assembled>;
