import { beforeEach, describe, expect, it } from "vitest";
import type { KeyStorage } from "../storage.ts";
import { bucket, emptyBucket, keys, nameOf } from "../testing/repositoryDoor.ts";
import { Alarms } from "./alarms.ts";
import type { SnapshotRecord } from "./record.ts";
import { readSnapshot, SnapshotObjects } from "./snapshotObjects.ts";

const held = new Map<string, unknown>();
const storage: KeyStorage = {
  get: (name) => held.get(name),
  put: (name, value) => void held.set(name, value),
  delete: (name) => held.delete(name),
  list: () => [],
};
const objects = new SnapshotObjects({ bucket, alarms: new Alarms(storage, () => 7), log: () => {}, now: () => 7 });
const sealed = "a sealed snapshot \u0000\u00ff";
const text = async (key: string) => (await bucket.get(key))?.text();

let key: string;
let record: SnapshotRecord;

beforeEach(async () => {
  await emptyBucket();
  held.clear();
  const id = await nameOf(sealed);
  key = `snapshots/${id}`;
  await bucket.put(key, sealed);
  const copy = (await readSnapshot(bucket, id))?.copy;
  record = { id, copy, promotion: 1 } as SnapshotRecord;
});

describe("the object of a snapshot", () => {
  it("is known with when it was stored by R2's own clock, and that one is missing", async () => {
    const { uploaded } = (await bucket.head(key)) ?? {};
    expect(await readSnapshot(bucket, record.id)).toMatchObject({ at: uploaded?.getTime(), copy: expect.any(String) });
    expect(await readSnapshot(bucket, "b".repeat(64))).toBeUndefined();
  });

  it("comes back where it is gone, and where it rotted, which is kept", async () => {
    await bucket.delete(key);
    expect(await objects.putBack(record)).toBe(true);
    expect(await text(key)).toBe(sealed);
    await bucket.put(key, "rotten");
    expect(await objects.putBack(record)).toBe(true);
    expect([await text(key), await text(`talaria/rotten/${key}.7`)]).toEqual([sealed, "rotten"]);
    expect(new Alarms(storage, () => 7).all).toMatchObject([{ code: "repository_healed" }]);
  });

  it("stays as it is where it is whole, and where the record has no copy of it", async () => {
    expect(await objects.putBack(record)).toBe(false);
    await bucket.put(key, "rotten");
    const another = btoa("another");
    for (const copy of [undefined, null, another]) expect(await objects.putBack({ ...record, copy })).toBe(false);
    expect([await text(key), held.size]).toEqual(["rotten", 0]);
  });

  it("is copied only where it is as small as restic's own", async () => {
    const large = "x".repeat(20_000);
    await bucket.put(`snapshots/${await nameOf(large)}`, large);
    expect((await readSnapshot(bucket, await nameOf(large)))?.copy).toBeNull();
  });

  it("is back before care looks, and goes where it was never promoted and cannot be read", async () => {
    await bucket.delete(key);
    await objects.putBackGone([record]);
    expect(await keys()).toEqual([key]);
    const strange = `snapshots/${"f".repeat(64)}`;
    await bucket.put(key, "rotten");
    await bucket.put(strange, "junk");
    await objects.clear([record.id, "f".repeat(64), "no name"], [record]);
    expect(await text(key)).toBe(sealed);
    expect(await keys()).not.toContain(strange);
  });
});
