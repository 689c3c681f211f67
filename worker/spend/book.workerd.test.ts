import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../env.ts";
import { poolOf } from "../exec/poolCall.ts";
import { type Ask, leaseMs, SpendBook } from "./book.ts";
import type { SpendPolicy } from "./limits.ts";
import { noTokens } from "./tokens.ts";

const noon = Date.UTC(2026, 10, 22, 12);
const clock = { now: noon };
const ask = (id: string, worst: number, session = "s"): Ask => ({ id, session, model: "anthropic/m", worst });
const reported = (nanos: number) => ({ nanos, tokens: { ...noTokens, input: 10, output: 1 }, estimated: false });

/** A book of its own in the database of an object that every test may use. */
function withBook<T>(
  caps: SpendPolicy["caps"],
  work: (book: SpendBook, reset: () => SpendBook, sql: SqlStorage) => T,
): Promise<T> {
  clock.now = noon;
  return runInDurableObject(poolOf(env as Env), (_object, { storage: { sql } }) => {
    for (const table of ["leases", "ended", "sums", "raised", "paused", "unpriced"])
      sql.exec(`DROP TABLE IF EXISTS ${table}`);
    const open = () => new SpendBook(sql, caps, () => clock.now);
    return work(open(), open, sql);
  });
}

describe("the book of what models cost", () => {
  it("counts a granted request once, however often it is asked for and settled, over a reset of the object too", () =>
    withBook({ day: 1_000 }, (book, reset) => {
      expect(book.reserve(ask("a", 300)).kind).toBe("granted");
      expect(reset().reserve(ask("a", 300)).kind).toBe("granted");
      expect(book.reserved()).toBe(300);
      for (const again of [book, reset(), reset()]) again.settle("a", reported(120));
      expect(book.reserve(ask("a", 300)).kind).toBe("granted");
      expect(book.reserved()).toBe(0);
      expect(book.spent("day")).toMatchObject({ requests: 1, nanos: 120, estimated: 0, input: 10, output: 1 });
      book.settle("never asked for", reported(999));
      expect(book.spent("month").nanos).toBe(120);
    }));

  it("lets requests at once not pass a cap together", () =>
    withBook({ day: 1_000 }, (book) => {
      const kinds = Array.from({ length: 50 }, (_, at) => book.reserve(ask(`r${at}`, 300)).kind);
      expect(kinds.filter((kind) => kind === "granted")).toHaveLength(3);
      expect(kinds.filter((kind) => kind === "wait")).toHaveLength(47);
      book.settle("r0", reported(10));
      expect(book.reserve(ask("r3", 300)).kind).toBe("granted");
    }));

  it("lets one alone begin below the cap, whatever it may cost, and none at it", () =>
    withBook({ day: 1_000 }, (book) => {
      expect(book.reserve(ask("large", 5_000)).kind).toBe("granted");
      expect(book.reserve(ask("beside", 1)).kind).toBe("wait");
      book.settle("large", reported(1_000));
      const until = Date.UTC(2026, 10, 23);
      const refusal = { because: "day", spent: 1_000, cap: 1_000, until };
      expect(book.reserve(ask("next", 1))).toEqual({ kind: "refused", refusal });
      clock.now = until;
      expect(book.reserve(ask("next", 1)).kind).toBe("granted");
    }));

  it("counts days, months and sessions by themselves, and the day of a request that began on it", () =>
    withBook({ month: 1_000, session: 500 }, (book) => {
      book.reserve(ask("a", 1, "one"));
      clock.now = Date.UTC(2026, 10, 23, 0, 0, 1);
      book.settle("a", reported(500));
      expect(book.spent("day").nanos).toBe(0);
      expect(book.by("day", "2026-11").map(({ name, nanos }) => [name, nanos])).toEqual([["2026-11-22", 500]]);
      expect(book.reserve(ask("b", 1, "one"))).toMatchObject({ refusal: { because: "session", until: null } });
      expect(book.reserve(ask("b", 1, "two")).kind).toBe("granted");
      book.settle("b", reported(500));
      expect(book.reserve(ask("c", 1, "three"))).toMatchObject({
        refusal: { because: "month", until: Date.UTC(2026, 11, 1) },
      });
    }));

  it("holds no cap of a session against requests that name none: together they would reach it for ever", () =>
    withBook({ session: 500 }, (book) => {
      book.reserve(ask("a", 1, ""));
      book.settle("a", reported(900));
      expect(book.reserve(ask("b", 1, "")).kind).toBe("granted");
    }));

  it("names fifty models without a price, those asked for last: a container may ask for any", () =>
    withBook({}, (book) => {
      for (let at = 10; at < 70; at++) book.unpriced(`custom/${at}`);
      book.reserve({ ...ask("a", 0), unpriced: "custom/12" });
      const names = book.unpricedModels();
      expect([names.length, ...names.slice(0, 2)]).toEqual([50, "custom/12", "custom/21"]);
    }));

  it("counts what nobody settles with the most that it can have cost, until its end is told after all", () =>
    withBook({ day: 1_000 }, (book) => {
      book.reserve(ask("lost", 700));
      expect(book.expire()).toBe(noon + leaseMs);
      clock.now += leaseMs;
      expect(book.expire()).toBeNull();
      expect(book.spent("day")).toMatchObject({ requests: 1, nanos: 700, estimated: 700 });
      for (let times = 0; times < 2; times++) book.settle("lost", reported(40));
      expect(book.spent("day")).toMatchObject({ requests: 1, nanos: 40, estimated: 0, input: 10 });
    }));

  it("holds nobody back by a request that began before the clock was put back", () =>
    withBook({ day: 1_000 }, (book) => {
      clock.now += 86_400_000;
      book.reserve(ask("tomorrow", 600));
      clock.now -= 86_400_000;
      expect(book.reserve(ask("today", 300)).kind).toBe("granted");
      expect([book.spent("day").nanos, book.reserved()]).toEqual([600, 300]);
      book.settle("tomorrow", reported(40));
      expect(book.spent("day").nanos).toBe(40);
    }));

  it("forgets a request that was never made", () =>
    withBook({ day: 1_000 }, (book) => {
      book.reserve(ask("a", 1_000));
      book.release("a");
      expect(book.reserve(ask("b", 1_000)).kind).toBe("granted");
      clock.now += leaseMs;
      expect([book.expire(), book.spent("day").nanos]).toEqual([null, 1_000]);
      book.release("b");
      expect(book.spent("day")).toMatchObject({ nanos: 0, estimated: 0 });
    }));

  it("is paused and resumed by hand, and takes another cap until the period is over", () =>
    withBook({ day: 100 }, (book) => {
      book.pause();
      book.pause();
      expect(book.reserve(ask("a", 1))).toMatchObject({ refusal: { because: "paused" } });
      book.resume();
      book.reserve(ask("a", 1));
      book.settle("a", reported(100));
      expect(book.reserve(ask("b", 1)).kind).toBe("refused");
      book.raise("day", 250);
      expect([book.reserve(ask("b", 1)).kind, book.capOf("day")]).toEqual(["granted", 250]);
      clock.now = Date.UTC(2026, 10, 23);
      expect(book.capOf("day")).toBe(100);
    }));

  it("reads the same few rows for a request however many came before it, and forgets those that are too old", () =>
    withBook({ day: 1e12, month: 1e12, session: 1e12 }, (_, reset, sql) => {
      let read: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];
      const exec = (query: string, ...values: SqlStorageValue[]) => {
        const cursor = sql.exec(query, ...values);
        read.push(cursor);
        return cursor;
      };
      const book = new SpendBook({ exec } as SqlStorage, { day: 1e12, month: 1e12, session: 1e12 }, () => clock.now);
      const rowsOf = (id: string) => {
        read = [];
        book.reserve(ask(id, 10));
        book.settle(id, reported(1));
        return read.reduce((sum, { rowsRead }) => sum + rowsRead, 0);
      };
      const once = (id: string, session: string) => {
        book.reserve(ask(id, 10, session));
        book.settle(id, reported(1));
      };
      once("first", "s");
      const few = rowsOf("second");
      for (let at = 0; at < 500; at++) once(`many ${at}`, `session ${at}`);
      expect(rowsOf("last")).toBe(few);
      expect([book.spent("day"), book.spent("session", "s"), reset().spent("month")].map(({ nanos }) => nanos)).toEqual(
        [503, 3, 503],
      );
      clock.now += 3 * 86_400_000;
      for (let at = 0; at < 300; at++) once(`later ${at}`, "s");
      expect(sql.exec("SELECT COUNT(*) AS count FROM ended").one()).toEqual({ count: 300 });
    }));

  it("holds the end that is told late against the next request", () =>
    withBook({ day: 1_000 }, (book) => {
      book.reserve(ask("lost", 1_000));
      clock.now += leaseMs;
      expect(book.reserve(ask("b", 1))).toMatchObject({ kind: "refused", refusal: { spent: 1_000 } });
      book.settle("lost", reported(400));
      expect(book.reserve(ask("b", 1)).kind).toBe("granted");
      book.settle("b", reported(600));
      expect(book.reserve(ask("c", 1))).toMatchObject({ kind: "refused", refusal: { spent: 1_000 } });
    }));

  it("never passes a cap by more than one request's worst case, nor loses a nano, in any order of what may happen", () =>
    withBook({ day: 10_000 }, (first, reset) => {
      let seed = 20261122;
      const random = (below: number) => {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        return seed % below;
      };
      let book = first;
      let [charged, largest] = [0, 0];
      const open = new Map<string, number>();
      for (let step = 0; step < 2_000; step++) {
        const act = random(10);
        const [id, worst] = [...open][random(Math.max(open.size, 1))] ?? [];
        if (act < 5) {
          const asked = ask(`r${step}`, 1 + random(900));
          if (book.reserve(asked).kind === "granted") open.set(asked.id, asked.worst);
          largest = Math.max(largest, asked.worst);
        } else if (act < 8 && id !== undefined && worst !== undefined) {
          const cost = random(worst + 1);
          for (let told = 0; told <= random(2); told++) book.settle(id, reported(cost));
          charged += cost;
          open.delete(id);
        } else if (act === 8 && id !== undefined) {
          book.release(id);
          open.delete(id);
        } else book = reset();
        expect(book.spent("day").nanos).toBe(charged);
        expect(charged + book.reserved()).toBeLessThanOrEqual(10_000 + largest);
      }
      expect(charged).toBeGreaterThan(9_000);
    }));
});
