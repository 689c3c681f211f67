/**
 * The states of a bot and the only ways between them (design §4). Pure data: who acts on it stands in `starter.ts` and `rest.ts`.
 *
 *     absent ──► fresh ──► restored ──► starting ──► ready ──► stopped
 */
export const transitions = {
  /** No container, and nothing says that there should not be one. */
  absent: { containerStarted: "fresh", stop: "stopped", failed: "failed" },
  /** A container with an empty disk: nothing may be snapshotted, no gateway may start. */
  fresh: {
    snapshotRestored: "restored",
    firstBoot: "restored",
    found: "restored",
    failed: "failed",
    lost: "absent",
    stop: "stopped",
  },
  /** The disk holds what it should: the gateway may start. */
  restored: { gatewayStarted: "starting", failed: "failed", lost: "absent", stop: "stopped" },
  /** The gateway process runs and is not ready yet. */
  starting: { ready: "ready", failed: "failed", gatewayDied: "restored", lost: "absent", stop: "stopped" },
  ready: { drain: "stopped", gatewayDied: "restored", lost: "absent", stop: "stopped", failed: "failed" },
  /** Not running because someone wants it so: asleep, or stopped by an operator. */
  stopped: { containerStarted: "fresh", failed: "failed", stop: "stopped" },
  /** The last attempt failed; it is tried again after a pause, or given up (see `backoff.ts`). */
  failed: { containerStarted: "fresh", stop: "stopped", lost: "failed", failed: "failed" },
} as const;

export type State = keyof typeof transitions;
export type Event = { [S in State]: keyof (typeof transitions)[S] }[State];

/** What the bot should be. A chat or a wake makes it `running`; idleness makes it `asleep`; an operator makes it `stopped`. */
export type Desired = "running" | "asleep" | "stopped";

/** One recorded move. */
export interface Transition {
  readonly at: string;
  readonly from: State;
  readonly to: State;
  readonly cause: string;
  /** Milliseconds that the bot was in `from`. */
  readonly ms: number;
}

/** Where an event leads, undefined when it is not a legal move from there. */
export function nextState(state: State, event: Event): State | undefined {
  const moves: Partial<Record<Event, State>> = transitions[state];
  return moves[event];
}
