/** Which sessions there are: those with a workspace, in a container or kept. */

/** A session as the operator sees it. */
export interface KnownSession {
  readonly session: string;
  /** When its last command began, ISO 8601. */
  readonly lastCommandAt: string;
  readonly commands: number;
  /** The containers that it uses now. */
  readonly boxes: readonly string[];
}

interface Row {
  readonly session: string;
  readonly lastAt: number;
  readonly commands: number;
}

export class SessionList {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    sql.exec("CREATE TABLE IF NOT EXISTS sessions (session TEXT PRIMARY KEY, lastAt INTEGER, commands INTEGER)");
  }

  /** A session begins a command. */
  used(session: string, now: number): void {
    this.sql.exec(
      "INSERT INTO sessions (session, lastAt, commands) VALUES (?, ?, 1) ON CONFLICT (session) DO UPDATE SET lastAt = excluded.lastAt, commands = commands + 1",
      ...[session, now],
    );
  }

  /** The last used first. */
  all(leases: readonly { session: string; box: string }[]): KnownSession[] {
    const rows = this.sql.exec("SELECT * FROM sessions ORDER BY lastAt DESC").toArray() as unknown as Row[];
    return rows.map(({ session, lastAt, commands }) => ({
      session,
      lastCommandAt: new Date(lastAt).toISOString(),
      commands,
      boxes: leases.filter((lease) => lease.session === session).map(({ box }) => box),
    }));
  }

  has(session: string): boolean {
    return this.sql.exec("SELECT 1 FROM sessions WHERE session = ?", session).toArray().length > 0;
  }

  /** When the last command of any session began, 0 for never. */
  get lastUse(): number {
    return (this.sql.exec("SELECT coalesce(max(lastAt), 0) AS last FROM sessions").one() as { last: number }).last;
  }

  get count(): number {
    return (this.sql.exec("SELECT count(*) AS count FROM sessions").one() as { count: number }).count;
  }

  forget(session: string): void {
    this.sql.exec("DELETE FROM sessions WHERE session = ?", session);
  }
}
