import type { AlarmLine } from "../alarms/alarm.ts";
import { type ApplicationName, isCodex } from "../bindings.ts";
import type { Declaration } from "../declarationSchema.ts";
import type { ErrorReport } from "../errors.ts";
import type { MemoryReport } from "../snapshots/report.ts";
import { type DeclaredRun, differenceOf } from "./converge.ts";
import type { Desired, State, Transition } from "./lifecycle.ts";
import type { AgentRecord } from "./record.ts";
import type { NextJob } from "./sleep.ts";
import { type Why, why } from "./why.ts";

/** What `GET /api/status` answers. Made from the record alone: asking wakes nothing. */
export interface Status {
  readonly bot: string;
  readonly stack: string;
  readonly state: State;
  readonly desired: Desired;
  readonly engine: Declaration["engine"];
  /** False on the process engine: what runs inside can reach the whole machine. */
  readonly isolated: boolean;
  readonly since: string;
  readonly transitions: readonly Transition[];
  readonly lastError: ErrorReport | null;
  /** What is declared; what Hermes in its container says of itself stands in `runningVersions`. */
  readonly versions: Readonly<Record<string, string>>;
  readonly runningVersions: { readonly hermes: string | null };
  /** Whether what runs was started with what is declared and configured now; null: nothing runs. */
  readonly runsDeclared: boolean | null;
  readonly images: Readonly<Record<ApplicationName, { declared: string; running: string | null }>>;
  /** hermes-flare's names: whether a container runs, whether Hermes does in it, and its process in the SDK's server. */
  readonly container: "running" | "stopped";
  readonly gateway_running: boolean;
  readonly pid: string | null;
  readonly nextJob: NextJob | null;
  readonly sleepAfterSeconds: number | null;
  /** When the last client's request or wake ended; null when there was none. */
  readonly idleSince: string | null;
  readonly activeRuns: number;
  readonly queuedRuns: number;
  /** Streams to clients that broke half-way and ended in an error event, since the bot was made. */
  readonly cutStreams: number;
  /** What is wrong now, and told. */
  readonly alarms: readonly AlarmLine[];
  readonly memory: MemoryReport;
  /** The declared one, and whether Talaria's model proxy passes its calls on; Hermes' own login asks OpenAI by itself. */
  readonly model: { readonly default: string; readonly proxied: boolean };
  /** Why it does not answer, or that it does. */
  readonly why: Why;
}

/** What the stack declares, as the Agent goes by it. */
export interface Declared {
  readonly declaration: Declaration;
  readonly run: DeclaredRun;
  /** Null: never. A bot with a chat platform does not sleep, whatever is declared. */
  readonly sleepAfterSeconds: number | null;
}

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
