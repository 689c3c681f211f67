/** A session that is valid. */
export interface OperatorSession {
  /** Who began it, as the audit shows it. */
  readonly name: string;
  /** SHA-256 of what proved the operator when it began; without that being valid, the session is not. */
  readonly proof: string;
}

interface Row extends OperatorSession {
  readonly [column: string]: SqlStorageValue;
}

/** The operators' sessions in browsers, by the SHA-256 of their ids, in the Agent's own database. */
export class OperatorSessions {
  private readonly sql: SqlStorage;
  private readonly now: () => number;

  constructor(sql: SqlStorage, now: () => number) {
    this.sql = sql;
    this.now = now;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS operator_sessions (id TEXT PRIMARY KEY, name TEXT NOT NULL, proof TEXT NOT NULL, expires INTEGER NOT NULL)",
    );
  }

  begin(idDigest: string, { name, proof }: OperatorSession, lifeSeconds: number): void {
    this.sql.exec("DELETE FROM operator_sessions WHERE expires <= ?", this.now());
    this.sql.exec(
      "INSERT INTO operator_sessions (id, name, proof, expires) VALUES (?, ?, ?, ?)",
      ...[idDigest, name, proof, this.now() + lifeSeconds * 1_000],
    );
  }

  find(idDigest: string): OperatorSession | null {
    const where = "id = ? AND expires > ?";
    const rows = this.sql.exec<Row>(
      `SELECT name, proof FROM operator_sessions WHERE ${where}`,
      ...[idDigest, this.now()],
    );
    return rows.toArray()[0] ?? null;
  }

  end(idDigest: string): void {
    this.sql.exec("DELETE FROM operator_sessions WHERE id = ?", idDigest);
  }

  /** Ends all; says how many there were. */
  endAll(): number {
    this.sql.exec("DELETE FROM operator_sessions WHERE expires <= ?", this.now());
    return this.sql.exec("DELETE FROM operator_sessions RETURNING id").toArray().length;
  }
}
