import * as z from "zod";
import type { ErrorReport } from "../errors.ts";
import type { Gap } from "../usage/reading.ts";
import { type Failures, noFailures } from "./backoff.ts";
import { type Desired, type Event, nextState, type State, type Transition } from "./lifecycle.ts";
import type { NextJob } from "./sleep.ts";

/** How many transitions the status shows. */
const keptTransitions = 50;

/** What runs, as it was when the container was started. */
export interface Running {
  /** Hash of the declaration that the gateway was started with. */
  readonly declaration: string;
  /** Image reference that the container itself reports, or the declared one where it reports none. */
  readonly image: string;
  /** What the container reaches, as `networkOf` writes it: it keeps what it was started with. Missing in older records. */
  readonly network?: string;
  /** What the container was given, as `identityOf` writes it. Missing in older records, of which nobody knows it. */
  readonly size?: string;
  /** The declared image, where two new containers in a row were given another one. Only the platform can mend that. */
  readonly insteadOf?: string;
  /** Version that Hermes reports of itself, once it runs. */
  readonly hermes?: string;
  readonly bootId: string;
  /** Id of the gateway's process in the SDK's server. */
  readonly processId: string | null;
}

/** Everything the Agent knows; lives in its object's storage and nowhere else. */
export interface AgentRecord {
  readonly state: State;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly desired: Desired;
  readonly transitions: readonly Transition[];
  readonly failures: Failures;
  readonly lastError: ErrorReport | null;
  readonly running: Running | null;
  /** Milliseconds of the last start from nothing to ready. */
  readonly lastStartMs: number | null;
  /** Last end of a client's request or wake, milliseconds since the epoch. */
  readonly lastActivityAt: number;
  /** A bot that was woken for a job does not sleep before this time, milliseconds since the epoch. */
  readonly awakeUntil: number;
  readonly nextJob: NextJob | null;
  /** Streams to clients that broke half-way, since the bot was made. */
  readonly cutStreams: number;
  /** When gateways of the last hour ended by themselves, milliseconds since the epoch. */
  readonly gatewayEnds: readonly number[];
  /** Counts gateway starts, so that process ids never repeat (a repeated id orphans the first process). */
  readonly starts: number;
}

const blank: AgentRecord = {
  state: "absent",
  since: 0,
  desired: "asleep",
  transitions: [],
  failures: noFailures,
  lastError: null,
  running: null,
  lastStartMs: null,
  lastActivityAt: 0,
  awakeUntil: 0,
  nextJob: null,
  cutStreams: 0,
  gatewayEnds: [],
  starts: 0,
};

/** Only the shape that later code relies on without looking; the rest is our own writing. */
const storedSchema = z.looseObject({ state: z.string(), since: z.number(), desired: z.string() });

/** The part of an object's storage that the ledger uses. */
export interface RecordStorage {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
}

/** Who is told of what the ledger writes down. */
export interface Hearers {
  readonly moved: (move: Transition) => void;
  /** Somebody uses the bot again after at least {@link leastGapMs}. */
  readonly idled: (gap: Gap) => void;
}

/** Less is no gap between uses: no bot would sleep in it. */
const leastGapMs = 300_000;

/** Keeps the record and makes every move of the state machine, so that none is made without being written down. */
export class Ledger {
  private record: AgentRecord;
  private readonly storage: RecordStorage;
  private readonly now: () => number;
  private readonly heard: Hearers;

  constructor(storage: RecordStorage, now: () => number, heard: Hearers) {
    this.storage = storage;
    this.now = now;
    this.heard = heard;
    const stored = storedSchema.safeParse(storage.get("record"));
    this.record = stored.success
      ? { ...blank, ...(stored.data as unknown as AgentRecord) }
      : { ...blank, since: now() };
  }

  get current(): AgentRecord {
    return this.record;
  }

  update(change: Partial<Omit<AgentRecord, "state" | "since" | "transitions">>): void {
    this.record = { ...this.record, ...change };
    this.storage.put("record", this.record);
  }

  /** The bot is in use now, or was until now. `more`: what else that makes of its record. */
  used(more: Partial<AgentRecord> = {}): void {
    const { lastActivityAt } = this.record;
    const until = this.now();
    this.update({ ...more, lastActivityAt: until });
    const idleMs = until - lastActivityAt;
    if (lastActivityAt > 0 && idleMs >= leastGapMs) this.heard.idled({ until, seconds: Math.round(idleMs / 1_000) });
  }

  /** Moves the state machine. @throws Error for a move that the table does not know: a defect, never a user's doing. */
  move(event: Event, cause: string): void {
    const { state: from, since } = this.record;
    const to = nextState(from, event);
    if (to === undefined) throw new Error(`no way from ${from} by ${event} (${cause})`);
    if (to === from) return;
    const at = this.now();
    const move: Transition = { at: new Date(at).toISOString(), from, to, cause, ms: at - since };
    const transitions = [...this.record.transitions, move].slice(-keptTransitions);
    this.record = { ...this.record, state: to, since: at, transitions };
    this.storage.put("record", this.record);
    this.heard.moved(move);
  }

  /** Moves only where the table has such a move: for news that may come late (a container's end, say). */
  moveIfLegal(event: Event, cause: string): boolean {
    if (nextState(this.record.state, event) === undefined) return false;
    this.move(event, cause);
    return true;
  }
}
