import { dayMs } from "../days.ts";
import { BotError } from "../errors.ts";

/** Days that an expired token is told apart from one that never was. */
const keptDays = 30;
const hourMs = 3_600_000;

/** A client token as an operator sees it: all but its value, which is kept nowhere. Times are ISO 8601. */
export interface ClientToken {
  readonly name: string;
  readonly created: string;
  /** Null: never. */
  readonly expires: string | null;
  /** The hour of its last use. */
  readonly lastUsed: string | null;
  /** A rotation gave its name to a newer one; it is valid until `expires`. */
  readonly replaced: boolean;
}

/** Whose a digest is, where it is anyone's. */
export type Found = { readonly name: string } | { readonly expired: string } | null;

interface Row {
  readonly [column: string]: SqlStorageValue;
  readonly digest: string;
  readonly name: string;
  readonly created: number;
  readonly expires: number | null;
  readonly used: number | null;
  readonly replaced: number;
}

/** The named tokens of /v1, by their SHA-256, in the Agent's own database. */
export class ClientTokens {
  private readonly sql: SqlStorage;
  private readonly now: () => number;

  constructor(sql: SqlStorage, now: () => number) {
    this.sql = sql;
    this.now = now;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS client_tokens (digest TEXT PRIMARY KEY, name TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, used INTEGER, replaced INTEGER NOT NULL DEFAULT 0)",
    );
  }

  /** Whose token it is, which counts as its use. */
  find(digest: string): Found {
    const row = this.rows("digest = ?", digest)[0];
    if (row === undefined) return null;
    if (!this.isValid(row)) return { expired: row.name };
    const hour = Math.floor(this.now() / hourMs) * hourMs;
    if (row.used !== hour) this.sql.exec("UPDATE client_tokens SET used = ? WHERE digest = ?", hour, digest);
    return { name: row.name };
  }

  list(): ClientToken[] {
    this.forget();
    return this.rows("true ORDER BY name, created").map(({ name, created, expires, used, replaced }) => ({
      ...{ name, created: iso(created), replaced: replaced === 1 },
      ...{ expires: expires === null ? null : iso(expires), lastUsed: used === null ? null : iso(used) },
    }));
  }

  /** Takes a new one. @throws BotError `clientTokenThere` */
  add(name: string, digest: string, lifeSeconds: number | null): ClientToken {
    this.forget();
    const current = this.current(name);
    if (current && this.isValid(current)) throw new BotError("clientTokenThere", { name });
    this.sql.exec("DELETE FROM client_tokens WHERE name = ? AND replaced = 0", name);
    return this.insert(name, digest, lifeSeconds === null ? null : lifeSeconds * 1_000);
  }

  /** Takes a new value for a name, which lives as long as the one before was given; that one ends after the overlap. @throws BotError `clientTokenUnknown` */
  rotate(name: string, digest: string, overlapSeconds: number): ClientToken {
    this.forget();
    const before = this.current(name);
    if (before === undefined) throw new BotError("clientTokenUnknown", { name });
    const end = Math.min(before.expires ?? Number.POSITIVE_INFINITY, this.now() + overlapSeconds * 1_000);
    this.sql.exec("UPDATE client_tokens SET replaced = 1, expires = ? WHERE digest = ?", end, before.digest);
    return this.insert(name, digest, before.expires === null ? null : before.expires - before.created);
  }

  /** Ends all values of a name at once; says how many. @throws BotError `clientTokenUnknown` */
  revoke(name: string): number {
    const ended = this.sql.exec("DELETE FROM client_tokens WHERE name = ? RETURNING name", name).toArray().length;
    if (ended === 0) throw new BotError("clientTokenUnknown", { name });
    return ended;
  }

  private insert(name: string, digest: string, lifeMs: number | null): ClientToken {
    const created = this.now();
    const expires = lifeMs === null ? null : created + lifeMs;
    this.sql.exec(
      "INSERT INTO client_tokens (digest, name, created, expires) VALUES (?, ?, ?, ?)",
      ...[digest, name, created, expires],
    );
    return {
      ...{ name, created: iso(created), expires: expires === null ? null : iso(expires) },
      ...{ lastUsed: null, replaced: false },
    };
  }

  private current(name: string): Row | undefined {
    return this.rows("name = ? AND replaced = 0", name)[0];
  }

  private isValid({ expires }: Row): boolean {
    return expires === null || this.now() < expires;
  }

  private rows(where: string, ...values: string[]): Row[] {
    return this.sql.exec<Row>(`SELECT * FROM client_tokens WHERE ${where}`, ...values).toArray();
  }

  private forget(): void {
    this.sql.exec("DELETE FROM client_tokens WHERE expires < ?", this.now() - keptDays * dayMs);
  }
}

const iso = (ms: number) => new Date(ms).toISOString();
