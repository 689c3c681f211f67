import type { LogLevel } from "../log.ts";

/** One line of the log that outlives the container. */
export interface LogLine {
  readonly at: string;
  readonly source: "gateway" | "worker";
  readonly level: LogLevel;
  readonly text: string;
}

/** Which lines are wanted. */
export interface LogsQuery {
  /** At most so many: the last ones, or the first after `since`. */
  readonly tail: number;
  readonly source?: LogLine["source"] | undefined;
  /** This level and worse. */
  readonly level?: LogLevel | undefined;
  /** `next` of an answer before: only what came after. */
  readonly since?: number | undefined;
}

export interface LogPage {
  /** Oldest first. */
  readonly lines: readonly LogLine[];
  /** What to ask for as `since`, to go on without a gap. */
  readonly next: number;
}

/** Lines kept; the oldest go first. */
const keptLines = 2_000;
const longestLine = 2_000;
/** From harmless to bad. */
const levels: readonly LogLevel[] = ["info", "warn", "error"];

interface Row extends LogLine {
  readonly n: number;
  readonly [column: string]: SqlStorageValue;
}

/** The last lines of the gateway and of the Agent, in the object's own database, so that they answer while the box is down. */
export class Journal {
  private readonly sql: SqlStorage;
  private readonly mask: (text: string) => string;

  constructor(sql: SqlStorage, mask: (text: string) => string) {
    this.sql = sql;
    this.mask = mask;
    sql.exec("CREATE TABLE IF NOT EXISTS log (n INTEGER PRIMARY KEY, at TEXT, source TEXT, level TEXT, text TEXT)");
  }

  add(source: LogLine["source"], level: LogLevel, lines: readonly string[], at: Date): void {
    for (const line of lines) {
      const text = this.mask(line).slice(0, longestLine);
      this.sql.exec(
        "INSERT INTO log (at, source, level, text) VALUES (?, ?, ?, ?)",
        at.toISOString(),
        source,
        level,
        text,
      );
    }
    this.sql.exec("DELETE FROM log WHERE n <= (SELECT max(n) FROM log) - ?", keptLines);
  }

  read({ tail, source, level = "info", since }: LogsQuery): LogPage {
    const newest = this.newest;
    // A number that this journal has not reached comes from one before it, which went with its object.
    const after = since === undefined || since > newest ? 0 : since;
    const order = after > 0 ? "ASC" : "DESC";
    const wanted = levels.slice(levels.indexOf(level));
    const rows = this.sql
      .exec<Row>(
        `SELECT n, at, source, level, text FROM log WHERE n > ? AND source LIKE ?
         AND level IN (${wanted.map(() => "?").join(", ")}) ORDER BY n ${order} LIMIT ?`,
        ...[after, source ?? "%", ...wanted, tail],
      )
      .toArray();
    if (order === "DESC") rows.reverse();
    const isCut = order === "ASC" && rows.length === tail;
    const lines = rows.map(({ at, source, level, text }) => ({ at, source, level, text }));
    return { lines, next: isCut ? (rows.at(-1)?.n ?? newest) : newest };
  }

  private get newest(): number {
    return this.sql.exec<{ n: number | null }>("SELECT max(n) AS n FROM log").one().n ?? 0;
  }
}
