/** The audit: one row for each command that ran and for each act of an operator, in the pool's own database. */
import { dayMs } from "../days.ts";

/** Rows of each kind that stay at most, the newest: a script's polls push no command of the model out. */
const keptRows: Readonly<Record<string, number>> = { terminal: 20_000, tool: 20_000, operator: 10_000, act: 10_000 };
/** Rows between two counts. */
const countsEvery = 100;

/** A command or an act that ended. */
export interface AuditRow {
  /** When it began, ISO 8601. */
  readonly at: string;
  readonly session: string;
  readonly job: string;
  /**
   * `terminal`: the model's own call. `tool`: a tool of Hermes. `operator`: an operator's shell or file.
   * `act`: what an operator had the bot do; the command is the request, without session and box.
   */
  readonly kind: string;
  readonly isolation: string;
  /** The container that it ran in. */
  readonly box: string;
  /** Its first 200 bytes, secrets masked. */
  readonly command: string;
  /** Its exit code; of an act, the HTTP status. */
  readonly exit: number;
  readonly seconds: number;
  /** All that it wrote, also what was cut. */
  readonly bytes: number;
  /** `exit`, `deadline`, `cancel` or `lost`; `answer` of an act. */
  readonly endedBy: string;
  /** Who acted: how it was proved and the name, such as `access:me@example.com`. Null for commands. */
  readonly by?: string | null | undefined;
}

/** The row of an operator's act; its command is not masked here. */
export function actRow(
  act: Pick<AuditRow, "at" | "job" | "command" | "exit" | "seconds"> & { readonly by: string },
): AuditRow & { readonly by: string } {
  return { ...act, session: "", kind: "act", isolation: "", box: "", bytes: 0, endedBy: "answer" };
}

/** A row with its place in the order of ends. */
export interface NumberedRow extends AuditRow {
  readonly seq: number;
  readonly by: string | null;
}

export interface AuditQuery {
  readonly session?: string | undefined;
  /** Rows after this place. Without it: the last ones. */
  readonly since?: number | undefined;
  readonly limit: number;
}

export interface AuditPage {
  /** Oldest first. */
  readonly rows: NumberedRow[];
  /** Ask with it as `since` for what comes after. */
  readonly next: number;
}

export class Audit {
  private readonly sql: SqlStorage;
  private readonly days: number;
  private readonly waiting = new Set<() => void>();

  /** @param days that rows stay */
  constructor(sql: SqlStorage, days: number) {
    this.sql = sql;
    this.days = days;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, session TEXT, job TEXT, kind TEXT, isolation TEXT, box TEXT, command TEXT, exit INTEGER, seconds REAL, bytes INTEGER, endedBy TEXT, UNIQUE (session, job))",
    );
    // Audits from before acts were written down lack it.
    const columns = sql.exec("SELECT name FROM pragma_table_info('audit')").toArray();
    if (!columns.some(({ name }) => name === "by")) sql.exec("ALTER TABLE audit ADD COLUMN by TEXT");
    sql.exec("CREATE INDEX IF NOT EXISTS audit_at ON audit (at)");
    sql.exec("CREATE INDEX IF NOT EXISTS audit_kind ON audit (kind, seq)");
  }

  /** Once for each job, however often it is told. */
  add(row: AuditRow, now: Date): void {
    const { at, session, job, kind, isolation, box, command, exit, seconds, bytes, endedBy, by = null } = row;
    this.sql.exec(
      "INSERT OR IGNORE INTO audit (at, session, job, kind, isolation, box, command, exit, seconds, bytes, endedBy, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[at, session, job, kind, isolation, box, command, exit, seconds, bytes, endedBy, by],
    );
    if (this.last() % countsEvery === 0) {
      this.trim();
      this.forget(now);
    }
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }

  read({ session, since, limit }: AuditQuery, now: Date): AuditPage {
    this.forget(now);
    const ofSession = session === undefined ? "" : "session = ? AND";
    const given = session === undefined ? [] : [session];
    const rows =
      since === undefined
        ? this.select(`${ofSession} seq > ? ORDER BY seq DESC LIMIT ?`, [...given, 0, limit]).reverse()
        : this.select(`${ofSession} seq > ? ORDER BY seq LIMIT ?`, [...given, since, limit]);
    return { rows, next: rows.at(-1)?.seq ?? since ?? this.last() };
  }

  /** Settles with the next row. */
  change(): Promise<void> {
    return new Promise((resolve) => void this.waiting.add(resolve));
  }

  private select(where: string, values: readonly (string | number)[]): NumberedRow[] {
    const columns = "seq, at, session, job, kind, isolation, box, command, exit, seconds, bytes, endedBy, by";
    const rows = this.sql.exec(`SELECT ${columns} FROM audit WHERE ${where}`, ...values);
    return rows.toArray() as unknown as NumberedRow[];
  }

  private last(): number {
    return (this.sql.exec("SELECT coalesce(max(seq), 0) AS last FROM audit").one() as { last: number }).last;
  }

  private trim(): void {
    for (const [kind, kept] of Object.entries(keptRows)) {
      const newest = "SELECT seq FROM audit WHERE kind = ? ORDER BY seq DESC LIMIT 1 OFFSET ?";
      this.sql.exec(`DELETE FROM audit WHERE kind = ? AND seq <= (${newest})`, kind, kind, kept);
    }
  }

  private forget(now: Date): void {
    this.sql.exec("DELETE FROM audit WHERE at < ?", new Date(now.getTime() - this.days * dayMs).toISOString());
  }
}
