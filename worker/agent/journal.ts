import type { LogLevel } from "../log.ts";

/** One line of the log that outlives the container. */
export interface LogLine {
  readonly at: string;
  readonly source: "gateway" | "worker";
  readonly level: LogLevel;
  readonly text: string;
}

/** Lines kept; the oldest go first. */
const keptLines = 2_000;
const longestLine = 2_000;

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

  /** The last `tail` lines, oldest first, of one source or of all. */
  read(tail: number, source?: string): LogLine[] {
    const rows = source
      ? this.sql.exec("SELECT at, source, level, text FROM log WHERE source = ? ORDER BY n DESC LIMIT ?", source, tail)
      : this.sql.exec("SELECT at, source, level, text FROM log ORDER BY n DESC LIMIT ?", tail);
    return (rows.toArray() as unknown as LogLine[]).reverse();
  }
}
