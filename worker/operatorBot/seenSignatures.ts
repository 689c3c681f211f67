import { windowSeconds } from "./signature.ts";

interface Row {
  readonly request: string;
  readonly [column: string]: SqlStorageValue;
}

/** Signatures that were taken, for as long as their timestamps are: a request is heard once. In the Agent's own database. */
export class SeenSignatures {
  private readonly sql: SqlStorage;
  private readonly now: () => number;

  constructor(sql: SqlStorage, now: () => number) {
    this.sql = sql;
    this.now = now;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS slack_seen (signature TEXT PRIMARY KEY, request TEXT NOT NULL, until INTEGER NOT NULL)",
    );
  }

  /** Whether this request is the first with its signature. Asking again for the same request, by its id, answers the same. */
  take(signature: string, timestamp: number, request: string): boolean {
    this.sql.exec("DELETE FROM slack_seen WHERE until < ?", this.now());
    // A clock that is set back a little forgets nothing too early.
    const until = timestamp * 1_000 + 2 * windowSeconds * 1_000;
    this.sql.exec(
      "INSERT OR IGNORE INTO slack_seen (signature, request, until) VALUES (?, ?, ?)",
      signature,
      request,
      until,
    );
    const [row] = this.sql.exec<Row>("SELECT request FROM slack_seen WHERE signature = ?", signature).toArray();
    return row?.request === request;
  }

  /** Signatures that are kept now. */
  get count(): number {
    return Number(this.sql.exec("SELECT count(*) AS n FROM slack_seen").one().n);
  }
}
