/** What the bot does for an operator: by the Agent's own entries, and never twice, also where the Agent's object was reset in the middle. */
import type { LogPage, LogsQuery } from "../agent/journal.ts";
import type { ContainerRestarted, Restarted } from "../agent/restarts.ts";
import type { Status } from "../agent/status.ts";
import { BotError } from "../errors.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { SnapshotRecord } from "../snapshots/record.ts";
import type { RunReport } from "../snapshots/runs.ts";
import { took } from "./answers.ts";
import type { CommandName, Order } from "./commands.ts";
import type { Trace } from "./errand.ts";

/** The Agent's entries, as the API asks them. */
export interface Entries {
  status(): Promise<Status>;
  logs(query: LogsQuery): Promise<LogPage>;
  snapshots(): Promise<{ current: string | null; snapshots: SnapshotRecord[] }>;
  wake(): Promise<Outcome<{ state: string; ms: number }>>;
  restart(force: boolean): Promise<Outcome<ContainerRestarted>>;
  restartGateway(): Promise<Outcome<Restarted>>;
  snapshot(trustShrunk: boolean): Promise<Outcome<{ run: string }>>;
  restore(id: string, force: boolean, starts: boolean): Promise<Outcome<{ run: string }>>;
  run(id: string): Promise<Outcome<RunReport>>;
}

export interface ActParts {
  readonly entries: Entries;
  readonly pause: (ms: number) => Promise<void>;
}

/** An act under way. */
export interface Doing {
  readonly order: Order;
  /** How the bot was before. */
  readonly before: Trace;
  /** How it is now. */
  readonly now: Trace;
  /** Whether it was begun by an object that was reset since. */
  readonly again: boolean;
  /** Writes down which run the act has begun. */
  readonly note: (run: string) => void;
}

type Act = (parts: ActParts, doing: Doing) => Promise<string>;

/** Between two looks at a run. */
const pollMs = 1_000;

/** Sentences of what was done. @throws BotError where it was not */
export const acts = {
  wake: async ({ entries }) => `is ready ${took(outcomeOf(await entries.wake()).ms)}`,

  restart: async (parts, doing) => restart(parts, doing, false),

  "restart force": async (parts, doing) => restart(parts, doing, true),

  "restart gateway": async ({ entries }, { before, now, again }) => {
    // Another process than before: the gateway was ended, and what is left is to start one.
    if (again && before.process !== now.process) return backAgain(entries);
    const { did, ms } = outcomeOf(await entries.restartGateway());
    return did === "started" ? `was down, and is ready ${took(ms)}` : `has a new gateway, and is ready ${took(ms)}`;
  },

  snapshot: async (parts, { before, again, note }) => {
    const { entries } = parts;
    const underWay = again ? (await entries.status()).memory.run : null;
    const run = before.run ?? underWay ?? outcomeOf(await entries.snapshot(false)).run;
    note(run);
    const { result, died } = await ended(parts, run);
    const { memory } = await entries.status();
    const saved = memory.lastRun?.run === run ? memory.lastRun : undefined;
    const problem = saved?.problem?.message ?? died ?? (saved?.saved === false ? saved.outcome : undefined);
    if (problem !== undefined) throw new BotError("unsaved", { what: "a snapshot", reason: problem });
    if (result?.outcome === "unchanged") return "was saved already: nothing has changed since";
    return `is saved, as \`${String(result?.snapshot ?? memory.promoted?.id ?? "").slice(0, 8)}\``;
  },

  restore: async (parts, { order, before, note }) => {
    const { entries } = parts;
    const run = before.run ?? outcomeOf(await entries.restore(order.argument, false, true)).run;
    note(run);
    const { result, died } = await ended(parts, run);
    const problem = died ?? result?.problem;
    if (problem) throw new BotError("restoreFailed", { reason: String(problem) });
    return `is ready, as it was in \`${order.argument.slice(0, 8)}\``;
  },
} as const satisfies Partial<Record<CommandName, Act>>;

export type ActName = keyof typeof acts;

export function isAct(name: CommandName): name is ActName {
  return Object.hasOwn(acts, name);
}

async function restart({ entries }: ActParts, { before, now, again }: Doing, force: boolean): Promise<string> {
  // Another container than before, or none: it was ended, and what is left is to start one.
  if (again && before.boot !== now.boot) return backAgain(entries);
  const { did, ms, unsaved } = outcomeOf(await entries.restart(force));
  if (did === "started") return `was down, and is ready ${took(ms)}`;
  const lost = unsaved === null ? "" : `; its last changes are lost (${unsaved})`;
  return `has a new container, and is ready ${took(ms)}${lost}`;
}

async function backAgain(entries: Entries): Promise<string> {
  return `is ready again ${took(outcomeOf(await entries.wake()).ms)}`;
}

/** How a run ended, once it has. */
async function ended({ entries, pause }: ActParts, run: string): Promise<RunReport> {
  for (;;) {
    const report = outcomeOf(await entries.run(run));
    if (report.state === "ended") return report;
    await pause(pollMs);
  }
}
