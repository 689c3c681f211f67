import type { Alarm } from "./alarms.ts";
import type { LastCare, LastDrill } from "./careNotes.ts";
import { isLate, type Schedule } from "./due.ts";
import type { Promoted, SnapshotRecord } from "./record.ts";
import type { RunRecord } from "./runs.ts";
import type { LastSave } from "./saver.ts";

/** The part of `GET /api/status` about the bot's memory. */
export interface MemoryReport {
  /** The snapshot that the next container becomes. */
  readonly promoted: {
    readonly id: string;
    readonly at: string;
    readonly ageSeconds: number;
    readonly bytes: number | null;
    readonly files: number | null;
  } | null;
  /** Everything until then is saved, ISO 8601. */
  readonly savedUntil: string | null;
  /** The run under way. */
  readonly run: string | null;
  readonly lastRun: LastSave | null;
  readonly late: boolean;
  /** The last proof that the memory restores. */
  readonly lastDrill: LastDrill | null;
  /** When the repository was last tidied. */
  readonly lastCare: LastCare | null;
  readonly alarms: readonly Alarm[];
}

export interface ReportInput {
  readonly promoted: Promoted | null;
  readonly record: SnapshotRecord | undefined;
  readonly schedule: Schedule;
  readonly last: LastSave | null;
  readonly run: RunRecord | null;
  readonly lastDrill: LastDrill | null;
  readonly lastCare: LastCare | null;
  readonly raised: readonly Alarm[];
  /** Whether a container with a whole home runs: nothing changes while none does. */
  readonly up: boolean;
  readonly intervalMs: number;
  readonly now: number;
}

/** What the status says of the memory, alarms included. */
export function memoryReport(input: ReportInput): MemoryReport {
  const { promoted, record, schedule, last, run, lastDrill, lastCare, raised, up, intervalMs, now } = input;
  const late = up && isLate(schedule, intervalMs, now);
  const savedUntil = schedule.savedAt === null ? null : new Date(schedule.savedAt).toISOString();
  const alarms = [...raised];
  if (late)
    alarms.push({ code: "snapshot_late", message: `nothing was saved since ${savedUntil}`, since: savedUntil ?? "" });
  if (last !== null && !last.saved && last.problem) {
    alarms.push({ ...last.problem, since: last.at });
  }
  return {
    promoted: promoted && {
      id: promoted.current,
      at: record?.at ?? promoted.at,
      ageSeconds: Math.max(0, Math.round((now - Date.parse(record?.at ?? promoted.at)) / 1000)),
      bytes: record?.tree?.bytes ?? null,
      files: record?.tree?.files ?? null,
    },
    savedUntil,
    run: run?.run ?? null,
    lastRun: last,
    late,
    lastDrill,
    lastCare,
    alarms,
  };
}
