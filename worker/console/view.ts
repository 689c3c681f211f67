import { agentOf } from "../agent/call.ts";
import type { ClientToken } from "../agent/clientTokens.ts";
import type { LogPage } from "../agent/journal.ts";
import type { SecretAge } from "../agent/secretAges.ts";
import type { Status } from "../agent/status.ts";
import type { AlarmsReport } from "../alarms/alarm.ts";
import type { Caller } from "../auth/caller.ts";
import { declaration } from "../declaration.ts";
import type { Declaration } from "../declarationSchema.ts";
import type { Env } from "../env.ts";
import { reasonOf } from "../errors.ts";
import type { AuditPage } from "../exec/audit.ts";
import type { ExecReport } from "../exec/pool.ts";
import { poolOf } from "../exec/poolCall.ts";
import type { KnownSession } from "../exec/sessionList.ts";
import type { SnapshotRecord } from "../snapshots/record.ts";

/** What was asked for, or why it cannot be told just now: each part of the page stands by itself. */
export type Told<T> = { readonly value: T } | { readonly failed: string };

/** A snapshot, as the page shows it. */
export type ShownSnapshot = Pick<
  SnapshotRecord,
  "id" | "at" | "reason" | "verdict" | "problem" | "tree" | "addedBytes" | "promotion"
>;

export interface ShownSnapshots {
  /** The one that is the memory. */
  readonly current: string | null;
  /** The newest first. */
  readonly snapshots: readonly ShownSnapshot[];
}

/** All that the console shows, read without waking anything. */
export interface ConsoleView {
  readonly now: Date;
  readonly caller: Caller;
  readonly declaration: Declaration;
  readonly status: Told<Status>;
  readonly alarms: Told<AlarmsReport>;
  readonly snapshots: Told<ShownSnapshots>;
  readonly tokens: Told<readonly ClientToken[]>;
  readonly secrets: Told<readonly SecretAge[]>;
  readonly exec: Told<ExecReport>;
  readonly sessions: Told<readonly KnownSession[]>;
  readonly audit: Told<AuditPage>;
}

/** Rows of the audit that the page shows. */
const auditRows = 20;
/** Lines of the log that a page has before its script follows. */
const firstLines = 60;

/** Asks for all of it at once. */
export async function lookAt(env: Env, caller: Caller, now: Date): Promise<ConsoleView> {
  const agent = agentOf(env);
  const pool = poolOf(env);
  const [status, alarms, snapshots, tokens, secrets, exec, sessions, audit] = await Promise.all([
    told(() => agent.status()),
    told(() => agent.alarms()),
    told(async (): Promise<ShownSnapshots> => agent.snapshots()),
    told(() => agent.tokens()),
    told(() => agent.secretAges()),
    told(() => pool.report()),
    told(() => pool.sessions()),
    told(() => pool.audit({ limit: auditRows }, 0)),
  ]);
  return { now, caller, declaration, status, alarms, snapshots, tokens, secrets, exec, sessions, audit };
}

/** The log's last lines, for a page without its script. */
export function lastLines(env: Env): Promise<Told<LogPage>> {
  return told(() => agentOf(env).logs({ tail: firstLines }));
}

async function told<T>(ask: () => Promise<T>): Promise<Told<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    return { failed: reasonOf(error) }; // the page says it, in the place of what was asked for
  }
}
