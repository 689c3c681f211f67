/** A session's jobs, as its own database keeps them: whatever a reset interrupts is found again here. */
import type { AuditRow } from "./audit.ts";

/** `terminal`: the model's own call. `tool`: a tool of Hermes. `operator`: an operator's terminal. */
export type JobKind = "terminal" | "tool" | "operator";

/**
 * `placing`: it has no container yet. `sent`: its container may have been asked to start it. `running`: it has. `ended`: it runs no more,
 * and what it changed is being taken over. `done`: nothing remains to be done for it.
 */
export type JobState = "placing" | "sent" | "running" | "ended" | "done";

export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** Whether it has a container of its own. */
  readonly fresh: boolean;
  readonly state: JobState;
  /** Name of its box, "" while it has none, or when that one is gone. */
  readonly box: string;
  /** Path of the workspace in its box. */
  readonly workspace: string;
  /** What the audit shows of it. */
  readonly command: string;
  /** Longest run, seconds. */
  readonly seconds: number;
  /** Times in milliseconds, 0 for never. */
  readonly placedAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** When its output was last asked for. */
  readonly readAt: number;
  /** What its fresh box held before it, for telling what it changed. */
  readonly mark: string | null;
  /** Sentences for the agent. */
  readonly notices: readonly string[];
  readonly end: JobEnd | null;
  /** Whether the audit has its row. */
  readonly audited: boolean;
}

/** How a job ended. */
export interface JobEnd {
  readonly exit: number;
  readonly endedBy: "exit" | "deadline" | "cancel" | "lost";
  readonly seconds: number;
  readonly bytes: number;
  /** Bytes that are left out of what is presented. */
  readonly cut: number;
  /** Processes of its tree that could not be killed. */
  readonly survivors: number;
  /** What is presented instead of its output, where its container is gone. */
  readonly said: string;
}

export const lostExit = 137;
export const cancelExit = 130;

/** The end of a job whose container is gone. */
export function lostEnd(job: Pick<Job, "startedAt">, now: number, said: string): JobEnd {
  return { ...noOutput(job, now), exit: lostExit, endedBy: "lost", said };
}

/** The end of a job that was cancelled before it began. */
export function cancelledEnd(job: Pick<Job, "startedAt">, now: number): JobEnd {
  return { ...noOutput(job, now), exit: cancelExit, endedBy: "cancel", said: "" };
}

function noOutput({ startedAt }: Pick<Job, "startedAt">, now: number) {
  return { seconds: startedAt === 0 ? 0 : (now - startedAt) / 1_000, bytes: 0, cut: 0, survivors: 0 };
}

/** What the audit keeps of a job that has ended. */
export function auditRow(job: Job, end: JobEnd, box: string, session: string, isolation: string): AuditRow {
  const { id, kind, command, startedAt, placedAt } = job;
  const { exit, seconds, bytes, endedBy } = end;
  const at = new Date(startedAt || placedAt).toISOString();
  return { at, session, job: id, kind, isolation, box, command, exit, seconds, bytes, endedBy };
}

export class Jobs {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS jobs (id TEXT PRIMARY KEY, state TEXT, job TEXT)");
  }

  get(id: string): Job | undefined {
    const [row] = this.sql.exec("SELECT job FROM jobs WHERE id = ?", id).toArray() as unknown as { job: string }[];
    return row && (JSON.parse(row.job) as Job);
  }

  all(): Job[] {
    const rows = this.sql.exec("SELECT job FROM jobs").toArray() as unknown as { job: string }[];
    return rows.map(({ job }) => JSON.parse(job) as Job);
  }

  /** Those that are not done. */
  unfinished(): Job[] {
    const rows = this.sql.exec("SELECT job FROM jobs WHERE state <> 'done'").toArray() as unknown as { job: string }[];
    return rows.map(({ job }) => JSON.parse(job) as Job);
  }

  put(job: Job): Job {
    this.sql.exec(
      "INSERT OR REPLACE INTO jobs (id, state, job) VALUES (?, ?, ?)",
      job.id,
      job.state,
      JSON.stringify(job),
    );
    return job;
  }

  /** Changes a job that is there. */
  change(id: string, changes: Partial<Job>): Job | undefined {
    const job = this.get(id);
    return job && this.put({ ...job, ...changes });
  }

  remove(id: string): void {
    this.sql.exec("DELETE FROM jobs WHERE id = ?", id);
  }
}
