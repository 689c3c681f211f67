import { dayMs, dayOf, daysOf, endOf, monthOf } from "../days.ts";
import { type Scope, type SpendPolicy, scopes } from "./limits.ts";
import { noTokens, type Tokens } from "./tokens.ts";

/** A model request that is about to be made. */
export interface Ask {
  /** Chosen by who asks, so that asking twice is asking once. */
  readonly id: string;
  /** Hermes' session, "" where none is known. */
  readonly session: string;
  /** `provider/model`. */
  readonly model: string;
  /** The most that it can cost, nano-dollars. */
  readonly worst: number;
  /** Of which nobody knows the price: the model, or one that may take its place. Absent: none. */
  readonly unpriced?: string;
}

/** Why a request may not be made. */
export interface Refusal {
  readonly because: Scope | "paused";
  /** Nano-dollars; 0 where it is paused. */
  readonly spent: number;
  readonly cap: number;
  /** When there is room again by itself, milliseconds since the epoch; null = never. */
  readonly until: number | null;
}

/** `granted`: go on. `wait`: requests under way may take what is left. */
export type Answer = { readonly kind: "granted" | "wait" } | { readonly kind: "refused"; readonly refusal: Refusal };

/** What a request came to. */
export interface Settlement {
  /** Nano-dollars. */
  readonly nanos: number;
  readonly tokens: Tokens;
  /** Not by what the provider reported, but by what it may have charged at most. */
  readonly estimated: boolean;
}

/** Sums of some requests. */
export interface Sum {
  readonly requests: number;
  readonly nanos: number;
  /** Of `nanos`, what is estimated. */
  readonly estimated: number;
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}

/** A request that nobody has settled after so long is counted with the most that it can have cost. */
export const leaseMs = 30 * 60_000;
/** Sums of days before these go. */
const keptDays = 400;
/** How long the end of a request is known, so that nothing is counted twice. */
const knownMs = 2 * dayMs;
/** How long a model without a price is named after it was last asked for. */
const unpricedMs = 7 * dayMs;
/** Of models without a price, those asked for last; the container names them, in any number. */
const mostUnpriced = 50;
/** Scopes whose sum is kept in memory. */
const mostKnown = 1_000;

const sums = `COALESCE(SUM(requests), 0) AS requests, COALESCE(SUM(nanos), 0) AS nanos, COALESCE(SUM(estimated), 0) AS estimated,
  COALESCE(SUM(input), 0) AS input, COALESCE(SUM(cacheRead), 0) AS cacheRead, COALESCE(SUM(cacheWrite), 0) AS cacheWrite,
  COALESCE(SUM(output), 0) AS output`;

/** Takes {@link daysOf}. */
const ofMonth = "day BETWEEN ? AND ?";

/** Names what a scope counts together. */
function keyOf(scope: Scope, { day, session }: { readonly day: string; readonly session: string }): string {
  return `${scope} ${{ day, month: day.slice(0, "2026-11".length), session }[scope]}`;
}

type Row<T> = T & { readonly [column: string]: SqlStorageValue };
type Lease = Row<Omit<Ask, "unpriced"> & { readonly at: number }>;
type Ended = Row<{ readonly day: string; readonly session: string; readonly model: string; readonly nanos: number }>;

/**
 * Money spent on models: what was, and what requests under way may cost. Each method is one transaction of the object's
 * database, so requests at once cannot pass a cap together, and no reset loses or repeats one.
 */
export class SpendBook {
  private readonly sql: SqlStorage;
  private readonly caps: SpendPolicy["caps"];
  private readonly now: () => number;
  /** What was spent, by {@link keyOf}. Nobody else writes to the database, so it holds until the object is reset. */
  private readonly known = new Map<string, number>();

  constructor(sql: SqlStorage, caps: SpendPolicy["caps"], now: () => number) {
    this.sql = sql;
    this.caps = caps;
    this.now = now;
    for (const table of [
      "leases (id TEXT PRIMARY KEY, at INTEGER, worst INTEGER, session TEXT, model TEXT)",
      "ended (id TEXT PRIMARY KEY, at INTEGER, day TEXT, session TEXT, model TEXT, nanos INTEGER, ranOut INTEGER)",
      `sums (day TEXT, session TEXT, model TEXT, requests INTEGER, nanos INTEGER, estimated INTEGER, input INTEGER,
        cacheRead INTEGER, cacheWrite INTEGER, output INTEGER, PRIMARY KEY (day, session, model))`,
      "raised (scope TEXT PRIMARY KEY, nanos INTEGER, until INTEGER)",
      "paused (since INTEGER)",
      "unpriced (model TEXT PRIMARY KEY, at INTEGER)",
    ])
      sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`);
    sql.exec("CREATE INDEX IF NOT EXISTS sums_of_sessions ON sums (session)");
  }

  /** Whether the request may be made. A granted one counts with its worst case until it is settled. */
  reserve(ask: Ask): Answer {
    this.expire();
    const { id, worst, session, model, unpriced } = ask;
    if (unpriced !== undefined) this.unpriced(unpriced);
    if (this.rows("SELECT id FROM leases WHERE id = ? UNION SELECT id FROM ended WHERE id = ?", id, id).length > 0)
      return { kind: "granted" };
    if (this.paused) return { kind: "refused", refusal: { because: "paused", spent: 0, cap: 0, until: null } };
    const answers = scopes.map((scope) => this.room(scope, ask));
    const no = answers.find(({ kind }) => kind === "refused") ?? answers.find(({ kind }) => kind === "wait");
    if (no !== undefined) return no;
    this.sql.exec("INSERT INTO leases VALUES (?, ?, ?, ?, ?)", id, this.now(), worst, session, model);
    return { kind: "granted" };
  }

  /**
   * One request alone may pass the cap by its worst case, or a cap below that would let nothing through; any further one
   * has to fit beside what is under way.
   */
  private room(scope: Scope, { session, worst }: Ask): Answer {
    const cap = this.capOf(scope);
    // Requests without a session are nobody's: together they would reach a session's cap one day, and stay there.
    if (cap === undefined || (scope === "session" && session === "")) return { kind: "granted" };
    const spent = this.spentNanos(scope, session);
    if (spent >= cap) {
      const until = scope === "session" ? null : endOf(scope, this.now());
      return { kind: "refused", refusal: { because: scope, spent, cap, until } };
    }
    const reserved = this.reserved(scope === "session" ? session : undefined);
    return { kind: reserved === 0 || spent + reserved + worst <= cap ? "granted" : "wait" };
  }

  /** The end of a granted request. Said again it changes nothing; said after its lease ran out, it takes the place of the estimate. */
  settle(id: string, settlement: Settlement): void {
    const [lease] = this.rows<Lease>("SELECT * FROM leases WHERE id = ?", id);
    if (lease !== undefined) {
      this.end(lease, settlement, false);
      return;
    }
    const [late] = this.rows<Ended>("SELECT * FROM ended WHERE id = ? AND ranOut = 1", id);
    if (late === undefined) return;
    this.sql.exec("UPDATE ended SET ranOut = 0, nanos = ? WHERE id = ?", settlement.nanos, id);
    this.add(late, { nanos: -late.nanos, tokens: noTokens, estimated: true }, 0);
    this.add(late, settlement, 0);
  }

  /** Takes a granted request back that was never made, or that the provider refused; one whose lease ran out has cost nothing. */
  release(id: string): void {
    this.sql.exec("DELETE FROM leases WHERE id = ?", id);
    this.settle(id, { nanos: 0, tokens: noTokens, estimated: false });
  }

  /** Counts requests whose end nobody has told with their worst case. Returns when the next one is due, null = none is open. */
  expire(): number | null {
    const now = this.now();
    // One of a clock that was put back would stand until that hour comes again.
    for (const lease of this.rows<Lease>("SELECT * FROM leases WHERE at <= ? OR at >= ?", now - leaseMs, now + leaseMs))
      this.end(lease, { nanos: lease.worst, tokens: noTokens, estimated: true }, true);
    const { next } = this.sql.exec<{ next: number | null }>("SELECT MIN(at) AS next FROM leases").one();
    return next === null ? null : next + leaseMs;
  }

  /** Another cap until the day is over, or for months and sessions the month. */
  raise(scope: Scope, nanos: number): void {
    const until = endOf(scope === "day" ? "day" : "month", this.now());
    this.sql.exec("INSERT OR REPLACE INTO raised VALUES (?, ?, ?)", scope, nanos, until);
  }

  /** From now on no request may be made. */
  pause(): void {
    if (!this.paused) this.sql.exec("INSERT INTO paused VALUES (?)", this.now());
  }

  resume(): void {
    this.sql.exec("DELETE FROM paused");
  }

  get paused(): boolean {
    return this.rows("SELECT since FROM paused").length > 0;
  }

  /** Nano-dollars that a scope may come to; undefined = any. */
  capOf(scope: Scope): number | undefined {
    const [raised] = this.rows<Row<{ nanos: number }>>(
      "SELECT nanos FROM raised WHERE scope = ? AND until > ?",
      scope,
      this.now(),
    );
    return raised?.nanos ?? this.caps[scope];
  }

  /** As {@link spent} has it, kept in memory: a request costs the same however many came before it. */
  private spentNanos(scope: Scope, session: string): number {
    const key = keyOf(scope, { day: dayOf(this.now()), session });
    const nanos = this.known.get(key) ?? this.spent(scope, session).nanos;
    if (this.known.size >= mostKnown) this.known.clear();
    this.known.set(key, nanos);
    return nanos;
  }

  /** Requests that have ended: of today, of this month, or of a session since it began. */
  spent(scope: Scope, session = ""): Sum {
    if (scope === "session") return this.sum("session = ?", session);
    return scope === "day" ? this.sum("day = ?", dayOf(this.now())) : this.total(monthOf(this.now()));
  }

  /** Nano-dollars that requests under way may come to, all or those of a session. */
  reserved(session?: string): number {
    const where = session === undefined ? "" : "WHERE session = ?";
    const values = session === undefined ? [] : [session];
    return this.sql.exec<{ sum: number }>(`SELECT COALESCE(SUM(worst), 0) AS sum FROM leases ${where}`, ...values).one()
      .sum;
  }

  /** A model was asked for of which no price is known. */
  unpriced(model: string): void {
    this.sql.exec(
      "INSERT INTO unpriced VALUES (?, ?) ON CONFLICT DO UPDATE SET at = excluded.at",
      ...[model, this.now()],
    );
    const kept = "SELECT model FROM unpriced ORDER BY at DESC, rowid DESC LIMIT ?";
    this.sql.exec(`DELETE FROM unpriced WHERE at < ? OR model NOT IN (${kept})`, this.now() - unpricedMs, mostUnpriced);
  }

  unpricedModels(): string[] {
    return this.rows<Row<{ model: string }>>("SELECT model FROM unpriced ORDER BY model").map(({ model }) => model);
  }

  /** Sum of a month, such as 2026-11. */
  total(month: string): Sum {
    return this.sum(ofMonth, ...daysOf(month));
  }

  /** Sums of a month (`2026-11`) by day, model or session, the dearest first. */
  by(column: "day" | "model" | "session", month: string, most = 100): (Sum & { readonly name: string })[] {
    return this.rows<Row<Sum & { name: string }>>(
      `SELECT ${column} AS name, ${sums} FROM sums WHERE ${ofMonth} GROUP BY ${column} ORDER BY nanos DESC LIMIT ?`,
      ...[...daysOf(month), most],
    );
  }

  private end(lease: Lease, settlement: Settlement, ranOut: boolean): void {
    const { id, session, model } = lease;
    const at = this.now();
    const day = dayOf(Math.min(lease.at, at));
    this.sql.exec("DELETE FROM leases WHERE id = ?", id);
    this.sql.exec(
      "INSERT INTO ended VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...[id, at, day, session, model, settlement.nanos, ranOut ? 1 : 0],
    );
    this.add({ day, session, model }, settlement, 1);
    this.forget(at);
  }

  /** Rows of `ended` stand in the order of their ends: with each that comes, the two oldest go once they are due. */
  private forget(at: number): void {
    const oldest = "SELECT rowid FROM ended ORDER BY rowid LIMIT 2";
    this.sql.exec(`DELETE FROM ended WHERE rowid IN (${oldest}) AND at < ?`, at - knownMs);
    const { rowsWritten } = this.sql.exec("DELETE FROM sums WHERE day < ?", dayOf(at - keptDays * dayMs));
    if (rowsWritten > 0) this.known.clear();
  }

  private add(
    { day, session, model }: Pick<Ended, "day" | "session" | "model">,
    { nanos, tokens, estimated }: Settlement,
    requests: number,
  ): void {
    const { input, cacheRead, cacheWrite, cacheWriteHour, output } = tokens;
    this.sql.exec(
      `INSERT INTO sums VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET requests = requests + excluded.requests,
        nanos = nanos + excluded.nanos, estimated = estimated + excluded.estimated, input = input + excluded.input,
        cacheRead = cacheRead + excluded.cacheRead, cacheWrite = cacheWrite + excluded.cacheWrite, output = output + excluded.output`,
      ...[day, session, model, requests, nanos, estimated ? nanos : 0],
      ...[input, cacheRead, cacheWrite + cacheWriteHour, output],
    );
    for (const scope of scopes) {
      const key = keyOf(scope, { day, session });
      const known = this.known.get(key);
      if (known !== undefined) this.known.set(key, known + nanos);
    }
  }

  private sum(where: string, ...values: string[]): Sum {
    return this.sql.exec<Row<Sum>>(`SELECT ${sums} FROM sums WHERE ${where}`, ...values).one();
  }

  private rows<T extends Record<string, SqlStorageValue>>(query: string, ...values: SqlStorageValue[]): T[] {
    return this.sql.exec<T>(query, ...values).toArray();
  }
}
