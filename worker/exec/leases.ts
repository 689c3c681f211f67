/** Who uses which container: the ids are few and stay, the containers behind them come and go. */

/** A container in use, kept ready, or on its way out. An id without a lease has no container. */
export interface Lease {
  /** Name of its box. */
  readonly box: string;
  readonly state: "spare" | "leased" | "ending";
  /** Whose, and what for; empty for a spare. */
  readonly session: string;
  readonly use: string;
  /** Since when its container is paid for. */
  readonly since: number;
  /** What its container was started with. */
  readonly made: string;
  /** When its holder last asked for it. */
  readonly askedAt: number;
}

/** A box that was leased, and the workspace's path in it where its supervisor is known to answer; null where that is to be seen. */
export interface Leased {
  readonly box: string;
  readonly workspace: string | null;
}

/** What a session uses a container for: its keeper, or one job. */
export const keeperUse = "keeper";
export const jobUse = (job: string) => `job:${job}`;

/** Names of boxes that a bot may have, leased and spare. */
export function boxNames({ parallel, spare }: { parallel: number; spare: number }): string[] {
  return Array.from({ length: parallel + spare }, (_, n) => `exec-${n}`);
}

/**
 * Which box a new lease gets: a spare that was started with what is declared now, else a free id; undefined when the holders are as
 * many as may be, or no id is free.
 */
export function boxToLease(
  leases: readonly Lease[],
  names: readonly string[],
  { parallel, made }: { parallel: number; made: string },
): string | undefined {
  if (leases.filter(({ state }) => state === "leased").length >= parallel) return undefined;
  const spare = leases.find((lease) => lease.state === "spare" && lease.made === made);
  return spare?.box ?? freeBox(leases, names);
}

/** An id without a container. */
export function freeBox(leases: readonly Lease[], names: readonly string[]): string | undefined {
  const taken = new Set(leases.map(({ box }) => box));
  return names.find((name) => !taken.has(name));
}

/** The leases as the pool keeps them. */
export class Leases {
  private readonly sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS leases (box TEXT PRIMARY KEY, state TEXT, session TEXT, use TEXT, made TEXT, since INTEGER, askedAt INTEGER)",
    );
  }

  all(): Lease[] {
    return this.sql.exec("SELECT * FROM leases ORDER BY askedAt").toArray() as unknown as Lease[];
  }

  /** The one that a session holds for a use. */
  held(session: string, use: string): Lease | undefined {
    return this.all().find((lease) => lease.state === "leased" && lease.session === session && lease.use === use);
  }

  put({ box, state, session, use, made, since, askedAt }: Lease): void {
    this.sql.exec(
      "INSERT OR REPLACE INTO leases (box, state, session, use, made, since, askedAt) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[box, state, session, use, made, since, askedAt],
    );
  }

  remove(box: string): void {
    this.sql.exec("DELETE FROM leases WHERE box = ?", box);
  }
}
