import type { AlarmLine } from "../alarms/alarm.ts";
import { isCodex } from "../bindings.ts";
import type { Declaration } from "../declarationSchema.ts";
import type { MemoryReport } from "../snapshots/report.ts";
import { type DeclaredRun, differenceOf } from "./converge.ts";
import type { AgentRecord } from "./record.ts";
import type { Status } from "./status.ts";
import { why } from "./why.ts";

/** What the stack declares, as the Agent goes by it. */
export interface Declared {
  readonly declaration: Declaration;
  readonly run: DeclaredRun;
  /** Null: never. A bot with a chat platform does not sleep, whatever is declared. */
  readonly sleepAfterSeconds: number | null;
}

/** The status of a bot, from its record. */
export function statusOf(
  record: AgentRecord,
  { declaration, run, sleepAfterSeconds }: Declared,
  runs: { active: number; queued: number },
  memory: MemoryReport,
  alarms: readonly AlarmLine[],
): Status {
  const { state, desired, since, transitions, lastError, running, nextJob, lastActivityAt } = record;
  const { images } = declaration;
  const gatewayRuns = state === "starting" || state === "ready";
  const status: Omit<Status, "why"> = {
    bot: declaration.bot,
    stack: declaration.stack,
    state,
    desired,
    engine: declaration.engine,
    isolated: declaration.engine !== "process",
    since: new Date(since).toISOString(),
    transitions,
    lastError,
    versions: declaration.versions,
    runningVersions: { hermes: running?.hermes ?? null },
    runsDeclared: running === null ? null : differenceOf(running, run) === null,
    images: {
      hermes: { declared: images.hermes, running: running?.image ?? null },
      exec: { declared: images.exec, running: null },
      care: { declared: images.care, running: null },
    },
    container: gatewayRuns || state === "fresh" || state === "restored" ? "running" : "stopped",
    gateway_running: gatewayRuns,
    pid: gatewayRuns ? (running?.processId ?? null) : null,
    nextJob,
    sleepAfterSeconds,
    idleSince: lastActivityAt === 0 ? null : new Date(lastActivityAt).toISOString(),
    activeRuns: runs.active,
    queuedRuns: runs.queued,
    cutStreams: record.cutStreams,
    alarms,
    memory,
    model: { default: declaration.model.default, proxied: !isCodex(declaration.model.default) },
  };
  return { ...status, why: why(status) };
}
