import { describe, expect, it } from "vitest";
import type { SnapshotRecord } from "./record.ts";
import { keptByPolicy, protectedIds } from "./retention.ts";

const least = { last: 1, hourly: 1, daily: 1, weekly: 1, monthly: 1 };
const hour = 3_600_000;

function aRecord(id: string, at: string, more: Partial<SnapshotRecord> = {}): SnapshotRecord {
  return {
    ...{ id, at, reason: "due", verdict: "promoted", problem: null, tree: null, addedBytes: null, fingerprint: null },
    ...{ versions: {}, parent: null, indexesUntil: null, tags: {}, promotion: null },
    ...more,
  };
}

/** One promoted snapshot an hour, the oldest first. */
function hourly(count: number, more: (number: number) => Partial<SnapshotRecord> = () => ({})): SnapshotRecord[] {
  const first = Date.parse("2026-11-01T00:30:00Z");
  return Array.from({ length: count }, (_, n) =>
    aRecord(`s${n}`, new Date(first + n * hour).toISOString(), { promotion: n + 1, ...more(n) }),
  );
}

const promoted = (current: string) => ({ current, number: 99, at: "2026-11-21T12:00:00Z", cause: "a test" });

describe("what care must not forget", () => {
  it("is always the memory itself, however old it is and whatever the policy says", () => {
    const records = hourly(500);
    expect(protectedIds(records, promoted("s0"), least)).toContain("s0");
    expect(protectedIds([], promoted("unknown to the books"), least)).toContain("unknown to the books");
  });

  it("is the three newest good ones by promotion, so that a bad one has others before it", () => {
    const records = hourly(50, (n) => (n === 48 ? { verdict: "bad" } : {}));
    const kept = protectedIds(records, promoted("s49"), least);
    expect([...kept]).toEqual(expect.arrayContaining(["s49", "s47", "s46"]));
    expect(kept).not.toContain("s48");
    expect(kept).not.toContain("s45");
  });

  it("is the snapshot before an upgrade, for the last three upgrades", () => {
    const records = hourly(500, (n) => (n % 100 === 7 ? { reason: "upgrade" } : {}));
    const kept = protectedIds(records, promoted("s499"), least);
    expect([...kept]).toEqual(expect.arrayContaining(["s407", "s307", "s207"]));
    expect(kept).not.toContain("s107");
  });

  it("is not crowded out by what was never promoted, whatever times that claims", () => {
    const thief = Array.from({ length: 200 }, (_, n) =>
      aRecord(`t${n}`, `2100-01-01T00:00:${String(n % 60).padStart(2, "0")}Z`, { verdict: "shrunk" }),
    );
    const records = hourly(30);
    const keep = { last: 20, hourly: 24, daily: 14, weekly: 8, monthly: 12 };
    expect(protectedIds([...records, ...thief], promoted("s29"), keep)).toEqual(
      protectedIds(records, promoted("s29"), keep),
    );
  });
});

describe("the policy", () => {
  it("keeps the last ones, and the last of each hour, day, week and month", () => {
    const records = hourly(24 * 70); // ten weeks from a Sunday on
    const kept = (keep: Partial<typeof least>) =>
      keptByPolicy(records, { ...{ last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0 }, ...keep });
    const at = (id: string) => records[Number(id.slice(1))]?.at;
    expect(kept({ last: 2 })).toEqual(["s1679", "s1678"]);
    expect(kept({ hourly: 3 })).toEqual(["s1679", "s1678", "s1677"]);
    expect(kept({ daily: 3 }).map(at)).toEqual([
      "2027-01-09T23:30:00.000Z",
      "2027-01-08T23:30:00.000Z",
      "2027-01-07T23:30:00.000Z",
    ]);
    expect(kept({ weekly: 3 }).map(at)).toEqual([
      "2027-01-09T23:30:00.000Z",
      "2027-01-03T23:30:00.000Z",
      "2026-12-27T23:30:00.000Z",
    ]);
    expect(kept({ monthly: 9 }).map(at)).toEqual([
      "2027-01-09T23:30:00.000Z",
      "2026-12-31T23:30:00.000Z",
      "2026-11-30T23:30:00.000Z",
    ]);
  });
});
