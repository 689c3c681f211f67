import { dayMs, dayOf, daysOf } from "../days.ts";
import {
  type Gap,
  type Level,
  levels,
  type Measured,
  measured,
  type Party,
  type Reading,
  sourceEndsMs,
} from "./reading.ts";

/** Sums of days before these go. */
const keptDays = 400;
/** Gaps between uses before these go. */
const keptGapDays = 60;

/** What one party used. */
export interface Used {
  readonly of: Party;
  readonly amounts: Readonly<Partial<Record<Measured, number>>>;
  readonly levels: Readonly<Partial<Record<Level, number>>>;
}

/** A month, as a report of it is made from. */
export interface UsedMonth {
  readonly parties: readonly Used[];
  /** The first day on which anything was counted; null = nothing was. */
  readonly firstDay: string | null;
  /** Seconds of each while in which nobody used the bot. */
  readonly gaps: readonly number[];
}

type Row<T> = T & { readonly [column: string]: SqlStorageValue };

/** What of Cloudflare was used, by day and party. Each method is one transaction of the object's database. */
export class UsageBook {
  private readonly sql: SqlStorage;
  private readonly now: () => number;

  constructor(sql: SqlStorage, now: () => number) {
    this.sql = sql;
    this.now = now;
    for (const table of [
      "readings (source TEXT PRIMARY KEY, at INTEGER, counted TEXT)",
      "used (day TEXT, party TEXT, what TEXT, amount REAL, PRIMARY KEY (day, party, what))",
      "levels (day TEXT, party TEXT, what TEXT, most REAL, PRIMARY KEY (day, party, what))",
      "gaps (until INTEGER PRIMARY KEY, seconds INTEGER)",
    ])
      sql.exec(`CREATE TABLE IF NOT EXISTS ${table}`);
  }

  /** Adds what is new of a reading to today. */
  read({ source, of, counted, levels: now = {} }: Reading): void {
    const before = this.lastOf(source);
    const after = { ...before };
    const day = dayOf(this.now());
    for (const what of measured) {
      const more = (counted[what] ?? 0) - (before[what] ?? 0);
      if (more <= 0) continue;
      after[what] = counted[what];
      this.sql.exec(
        "INSERT INTO used VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
        ...[day, of, what, more],
      );
    }
    for (const what of levels) {
      const level = now[what];
      if (level === undefined) continue;
      this.sql.exec(
        "INSERT INTO levels VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET most = MAX(most, excluded.most)",
        ...[day, of, what, level],
      );
    }
    if (Object.keys(before).length === 0) this.forget();
    this.sql.exec("INSERT OR REPLACE INTO readings VALUES (?, ?, ?)", source, this.now(), JSON.stringify(after));
  }

  /** Nobody used the bot for a while. Told again it changes nothing. */
  idled({ until, seconds }: Gap): void {
    this.sql.exec("INSERT OR REPLACE INTO gaps VALUES (?, ?)", until, seconds);
    this.sql.exec("DELETE FROM gaps WHERE until < ?", this.now() - keptGapDays * dayMs);
  }

  /** What was used in a month (`2026-11`), by party. */
  month(month: string): Used[] {
    const of = daysOf(month);
    const amounts = this.rows<{ party: Party; what: Measured; amount: number }>(
      "SELECT party, what, SUM(amount) AS amount FROM used WHERE day BETWEEN ? AND ? GROUP BY party, what ORDER BY party, what",
      ...of,
    );
    const most = this.rows<{ party: Party; what: Level; amount: number }>(
      "SELECT party, what, MAX(most) AS amount FROM levels WHERE day BETWEEN ? AND ? GROUP BY party, what ORDER BY party, what",
      ...of,
    );
    const all = new Set([...amounts, ...most].map(({ party }) => party));
    return [...all].map((party) => ({
      of: party,
      amounts: Object.fromEntries(ofParty(amounts, party)),
      levels: Object.fromEntries(ofParty(most, party)),
    }));
  }

  /** The first day on which anything was counted, such as 2026-11-22; null = nothing was. */
  get firstDay(): string | null {
    return this.sql.exec<{ day: string | null }>("SELECT MIN(day) AS day FROM used").one().day;
  }

  /** Seconds of each while in which nobody used the bot, since a moment. */
  gapsSince(since: number): number[] {
    return this.rows<{ seconds: number }>("SELECT seconds FROM gaps WHERE until >= ?", since).map(
      ({ seconds }) => seconds,
    );
  }

  private lastOf(source: string): Partial<Record<Measured, number>> {
    const [row] = this.rows<{ counted: string }>("SELECT counted FROM readings WHERE source = ?", source);
    return row === undefined ? {} : (JSON.parse(row.counted) as Partial<Record<Measured, number>>);
  }

  /** A new source is a rare thing, and a good moment to let old rows go. */
  private forget(): void {
    const oldest = dayOf(this.now() - keptDays * dayMs);
    this.sql.exec("DELETE FROM readings WHERE at < ?", this.now() - sourceEndsMs);
    for (const table of ["used", "levels"]) this.sql.exec(`DELETE FROM ${table} WHERE day < ?`, oldest);
  }

  private rows<T>(query: string, ...values: SqlStorageValue[]): T[] {
    return this.sql.exec<Row<T>>(query, ...values).toArray();
  }
}

function ofParty<W extends string>(
  rows: readonly { readonly party: Party; readonly what: W; readonly amount: number }[],
  party: Party,
): (readonly [W, number])[] {
  return rows.filter((row) => row.party === party).map(({ what, amount }) => [what, amount] as const);
}
