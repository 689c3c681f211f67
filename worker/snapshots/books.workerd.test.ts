import { beforeEach, describe, expect, it } from "vitest";
import type { KeyStorage } from "../storage.ts";
import { bucket, emptyBucket } from "../testing/repositoryDoor.ts";
import { Books } from "./books.ts";
import type { SnapshotRecord } from "./record.ts";

beforeEach(emptyBucket);

/** What an object starts with that has never been. */
function emptyStorage(): KeyStorage {
  const held = new Map<string, unknown>();
  return {
    get: (key) => held.get(key),
    put: (key, value) => void held.set(key, value),
    delete: (key) => held.delete(key),
    list: ({ prefix }) => [...held].filter(([key]) => key.startsWith(prefix)),
  };
}

const booksOver = (storage = emptyStorage()) => new Books({ storage, bucket, log: () => {}, now: () => Date.now() });

const aRecord = (number: number): SnapshotRecord => ({
  id: number.toString(16).padStart(64, "0"),
  at: new Date(number * 1000).toISOString(),
  reason: "due",
  verdict: "promoted",
  problem: null,
  tree: { files: 1, bytes: 1, databases: 1 },
  addedBytes: 1,
  fingerprint: null,
  versions: {},
  parent: null,
  indexesUntil: number,
  tags: {},
  promotion: number,
});

describe("the books, in a real bucket", () => {
  it("are found again by an object that has never been, beyond one page of a list", { timeout: 60_000 }, async () => {
    const before = booksOver();
    for (let from = 1; from <= 1_050; from += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, n) => before.note(aRecord(from + n))));
    }
    const promoted = await before.promote(aRecord(7), "a test");
    const after = booksOver();
    expect(await after.agree()).toEqual(promoted);
    expect(await after.records()).toHaveLength(1_050);
    expect(await after.record(aRecord(7).id)).toMatchObject({ promotion: 1_051 });
  });

  it("go by the records where the pointer rotted into what is no snapshot's id", async () => {
    const storage = emptyStorage();
    const promoted = await booksOver(storage).promote(aRecord(7), "a test");
    const rotten = { ...promoted, current: promoted.current.replace("7", "\ufffd") };
    await bucket.put("talaria/promoted.json", JSON.stringify(rotten));
    expect((await booksOver().agree())?.current).toBe(promoted.current);
    await bucket.put("talaria/promoted.json", JSON.stringify(rotten));
    expect((await booksOver(storage).agree())?.current).toBe(promoted.current);
  });

  it("know whether anything of a repository lies there", async () => {
    await bucket.put(`snapshots/${"a".repeat(64)}`, "sealed");
    expect([await booksOver().repositoryExists(), await booksOver().anySnapshot()]).toEqual([true, true]);
  });
});
