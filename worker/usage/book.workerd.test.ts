import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../env.ts";
import { poolOf } from "../exec/poolCall.ts";
import { UsageBook } from "./book.ts";
import type { Reading } from "./reading.ts";

const noon = Date.UTC(2026, 10, 22, 12);
const day = 86_400_000;
const clock = { now: noon };
const box = (seconds: number, more: Partial<Reading> = {}): Reading => ({
  ...{ source: "AgentBox/a/1", of: "hermes", counted: { containerSeconds: seconds, memoryGibSeconds: seconds * 4 } },
  ...more,
});

/** A book of its own in the database of an object that every test may use. */
function withBook<T>(work: (book: UsageBook, reset: () => UsageBook) => T): Promise<T> {
  clock.now = noon;
  return runInDurableObject(poolOf(env as Env), (_object, { storage: { sql } }) => {
    for (const table of ["readings", "used", "levels", "gaps"]) sql.exec(`DROP TABLE IF EXISTS ${table}`);
    const open = () => new UsageBook(sql, () => clock.now);
    return work(open(), open);
  });
}

describe("the book of what is used of Cloudflare", () => {
  it("adds what is new of a reading, however often it is told, over a reset of the object too", () =>
    withBook((book, reset) => {
      for (const seconds of [60, 60, 90]) book.read(box(seconds));
      reset().read(box(90));
      expect(reset().month("2026-11")).toEqual([
        { of: "hermes", amounts: { containerSeconds: 90, memoryGibSeconds: 360 }, levels: {} },
      ]);
    }));

  it("adds nothing for a reading that comes late, and nothing twice after it", () =>
    withBook((book) => {
      for (const seconds of [100, 80, 120]) book.read(box(seconds));
      expect(book.month("2026-11")[0]?.amounts.containerSeconds).toBe(120);
    }));

  it("keeps sources, parties, days and months apart", () =>
    withBook((book) => {
      book.read(box(100));
      book.read(box(50, { source: "AgentBox/a/2" }));
      book.read(box(7, { source: "ExecBox/b/1", of: "exec" }));
      clock.now = noon + 10 * day;
      book.read(box(130));
      expect(book.month("2026-11").map(({ of, amounts }) => [of, amounts.containerSeconds])).toEqual([
        ["exec", 7],
        ["hermes", 150],
      ]);
      expect(book.month("2026-12").map(({ of, amounts }) => [of, amounts.containerSeconds])).toEqual([["hermes", 30]]);
      expect(book.firstDay).toBe("2026-11-22");
    }));

  it("keeps the highest of each level", () =>
    withBook((book) => {
      for (const memoryBytes of [200, 350, 250]) book.read(box(0, { levels: { memoryBytes, diskBytes: 5 } }));
      clock.now = noon + day;
      book.read(box(0, { levels: { memoryBytes: 300 } }));
      expect(book.month("2026-11")).toEqual([
        { of: "hermes", amounts: {}, levels: { memoryBytes: 350, diskBytes: 5 } },
      ]);
    }));

  it("lets go of sources that have ended, of old days and of old gaps", () =>
    withBook((book) => {
      book.read(box(100));
      book.idled({ until: noon, seconds: 600 });
      book.idled({ until: noon, seconds: 600 });
      expect(book.gapsSince(noon)).toEqual([600]);
      clock.now = noon + 401 * day;
      book.read(box(1, { source: "AgentBox/a/9" }));
      book.idled({ until: clock.now, seconds: 60 });
      expect(book.month("2026-11")).toEqual([]);
      expect(book.gapsSince(0)).toEqual([60]);
      book.read(box(5));
      expect(book.month("2027-12")[0]?.amounts.containerSeconds).toBe(6);
    }));
});
