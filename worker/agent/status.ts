import type { AlarmLine } from "../alarms/alarm.ts";
import type { ApplicationName } from "../bindings.ts";
import type { Declaration } from "../declarationSchema.ts";
import type { ErrorReport } from "../errors.ts";
import type { MemoryReport } from "../snapshots/report.ts";
import type { Desired, State, Transition } from "./lifecycle.ts";
import type { NextJob } from "./sleep.ts";

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

/** Why the bot does not answer, or that it does. Plain text. */
export interface Why {
  /** Whether a chat is answered now, without waiting for a start. */
  readonly answers: boolean;
  /** Sentences, the one that matters first. */
  readonly because: readonly string[];
  /** What a person may do about it; null where nothing is to be done. */
  readonly next: string | null;
}
