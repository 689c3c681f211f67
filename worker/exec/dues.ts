/** When a session has to be looked at again, and what is due then. Pure: times in milliseconds come in. */
import { dayMs } from "../days.ts";
import type { ExecPolicy } from "../declarationSchema.ts";
import type { Job } from "./jobs.ts";
import type { KeeperRecord } from "./keeper.ts";

/** Jobs under way are looked at so often, whoever reads them. */
const looksEveryMs = 30_000;
/** A job gets so long beyond its deadline until its container is ended. */
const overdueMs = 10_000;
/** A job whose plugin has gone before it got a container. */
const abandonedMs = 600_000;
/** A fresh container whose job nobody reads or forgets. */
const unreadMs = 60_000;
/** A job that nobody forgets. */
const forgottenMs = 3_600_000;
/** A workspace is saved when no command has come for so long, and at the latest so long after a change. */
const quietMs = 120_000;
const unsavedMs = 600_000;

/** What becomes of a job without anybody asking. */
export type JobDue = "look" | "overdue" | "abandoned" | "release" | "forget";

/** What is due for a job now, and when something is next. `isFlying`: it is being placed here and now. */
export function jobDue(job: Job, isFlying: boolean, now: number): { due: JobDue | undefined; next: number } {
  const { state, placedAt, startedAt, seconds, endedAt, readAt, fresh, box } = job;
  if (state === "placing" || state === "sent") {
    const at = placedAt + abandonedMs;
    return isFlying || now < at
      ? { due: undefined, next: Math.max(at, now + looksEveryMs) }
      : { due: "abandoned", next: now };
  }
  if (state === "running") {
    const at = startedAt + seconds * 1_000 + overdueMs;
    return now >= at
      ? { due: "overdue", next: now + looksEveryMs }
      : { due: "look", next: Math.min(at, now + looksEveryMs) };
  }
  if (state === "ended") return { due: "look", next: now + looksEveryMs };
  const last = Math.max(endedAt, readAt);
  if (now >= last + forgottenMs) return { due: "forget", next: now };
  if (!fresh || box === "") return { due: undefined, next: last + forgottenMs };
  return now >= last + unreadMs
    ? { due: "release", next: last + forgottenMs }
    : { due: undefined, next: last + unreadMs };
}

/** Whether the keeper is to be saved or given back, and when one of it is next. */
export function keeperDue(
  record: KeeperRecord,
  hasWork: boolean,
  policy: Pick<ExecPolicy, "persist" | "idleMinutes">,
  now: number,
): { due: "save" | "giveBack" | undefined; next: number } {
  if (record.phase === "starting") return { due: undefined, next: now + looksEveryMs };
  const idleAt = (hasWork ? now : record.usedAt) + policy.idleMinutes * 60_000;
  if (now >= idleAt) return { due: "giveBack", next: now + quietMs };
  if (!policy.persist || record.changedAt === 0) return { due: undefined, next: idleAt };
  const saveAt = Math.min(
    hasWork ? Number.POSITIVE_INFINITY : Math.max(record.usedAt, record.changedAt) + quietMs,
    record.changedAt + unsavedMs,
  );
  return now >= saveAt
    ? { due: "save", next: Math.min(idleAt, now + quietMs) }
    : { due: undefined, next: Math.min(idleAt, saveAt) };
}

/** When a session's workspace leaves the bucket. */
export function sessionEndsAt(lastUseAt: number, policy: Pick<ExecPolicy, "workspaceDays">): number {
  return lastUseAt + policy.workspaceDays * dayMs;
}
