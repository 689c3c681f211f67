import { beforeEach, describe, expect, it } from "vitest";
import type { KeyStorage } from "../storage.ts";
import { bucket, emptyBucket, keys, long, nameOf } from "../testing/repositoryDoor.ts";
import { Alarms } from "./alarms.ts";
import { Copies, keysWereChanged, remedyFor } from "./copies.ts";
import { Healing } from "./healing.ts";

let held: Map<string, unknown>;
let mended: (readonly string[])[];
let canMend: boolean;
let key: string;

const storage: KeyStorage = {
  get: (name) => held.get(name),
  put: (name, value) => void held.set(name, value),
  delete: (name) => held.delete(name),
  list: ({ prefix }) => [...held].filter(([name]) => name.startsWith(prefix)),
};
const parts = { bucket, storage, log: () => {}, now: () => 7 };
const copies = () => new Copies(parts);
const healing = () =>
  new Healing({
    ...parts,
    copies: copies(),
    alarms: new Alarms(storage, () => 7),
    mend: async (packs) => {
      mended.push(packs);
      return canMend;
    },
  });
const text = async (name: string) => (await bucket.get(name))?.text();
const heal = (code: string, message = "restic's words", again = false) => healing().heal({ code, message }, again);
const owedFor = (code: string) => healing().isOwedFor({ code, message: "restic's words" });

beforeEach(async () => {
  await emptyBucket();
  [held, mended, canMend] = [new Map(), [], true];
  key = `keys/${await nameOf(long("key"))}`;
  await bucket.put("config", "config");
  await bucket.put(key, long("key"));
});

describe("config and keys", () => {
  it("are copied once, and nothing is asked for afterwards", async () => {
    await copies().keep();
    expect(await keys()).toEqual(expect.arrayContaining(["talaria/copies/config", `talaria/copies/${key}`]));
    await bucket.delete("talaria/copies/config");
    await copies().keep();
    expect(await keys()).not.toContain("talaria/copies/config");
  });

  it("come back where they are gone, and where they rotted, which is kept", async () => {
    await copies().keep();
    await bucket.delete("config");
    await bucket.put(key, "rotten");
    expect(await heal("repository_damaged")).toBe("key or config");
    expect([await text("config"), await text(key)]).toEqual(["config", long("key")]);
    expect(await text(`talaria/rotten/${key}.7`)).toBe("rotten");
    expect(new Alarms(storage, () => 7).all).toMatchObject([{ code: "repository_healed" }]);
    expect(mended).toEqual([]);
  });

  it("stay as they are where they equal their copies: then it is the password", async () => {
    await copies().keep();
    const before = await keys();
    expect(await heal("wrong_password")).toBe("nothing");
    expect([await keys(), mended]).toEqual([before, []]);
  });

  it("are not replaced by a copy that rotted, nor is a rotten key ever copied", async () => {
    await copies().keep();
    await bucket.put("talaria/copies/config", "rotten", { customMetadata: { sha256: await nameOf("config") } });
    await bucket.delete("config");
    expect(await heal("wrong_password")).toBe("nothing");
    await emptyBucket();
    held.clear();
    await bucket.put("config", "config");
    await bucket.put(key, "rotten");
    await copies().keep();
    expect(await keys()).not.toContain(`talaria/copies/${key}`);
  });

  it("are copied anew where an operator rotated the password, and the copy of the key that he removed goes", async () => {
    await copies().keep();
    const fresh = `keys/${await nameOf(long("fresh"))}`;
    await bucket.put(fresh, long("fresh"));
    await copies().keep();
    expect(await keys()).toEqual(expect.arrayContaining([`talaria/copies/${key}`, `talaria/copies/${fresh}`]));
    await bucket.delete(key);
    await copies().keep();
    expect(await keys()).toContain(`talaria/copies/${key}`); // gone, and nobody added one since: it may have been lost
    await bucket.delete(`talaria/copies/${fresh}`);
    await copies().keep();
    expect(await keys()).toContain(`talaria/copies/${fresh}`);
    expect(await keys()).not.toContain(`talaria/copies/${key}`);
  });

  it("stay away where somebody changed the keys by hand", async () => {
    await copies().keep();
    await bucket.delete(key);
    await bucket.put(`keys/${await nameOf(long("another"))}`, long("another"));
    expect(await heal("wrong_password")).toBe("nothing");
    expect(keysWereChanged(["a"], ["a", "b"])).toBe(false);
    expect(remedyFor({ living: "a", copy: "b", expected: undefined })).toBe("none");
  });
});

describe("index objects and packs", () => {
  it("that rotted are set aside, and the index is written anew", async () => {
    const whole = `index/${await nameOf("whole")}`;
    const rotten = `index/${await nameOf("rotten")}`;
    await bucket.put(whole, "whole");
    await bucket.put(rotten, "Rotten");
    canMend = false;
    expect(await heal("repository_damaged")).toBe("failed");
    expect(owedFor("snapshot_damaged")).toBe(true);
    expect(await text(`talaria/rotten/${rotten}.7`)).toBe("Rotten");
    expect(await keys()).toContain(whole);
    expect(await keys()).not.toContain(rotten);
    canMend = true;
    expect(await heal("snapshot_damaged")).toBe("index");
    expect(owedFor("snapshot_damaged")).toBe(false);
  });

  it("stand in the way of an older snapshot only where they may explain what is lost, and until three tries have failed", async () => {
    canMend = false;
    for (const owed of [true, true, false]) {
      expect(await heal("snapshot_damaged")).toBe("failed");
      expect(owedFor("snapshot_damaged")).toBe(owed);
      expect(owedFor("snapshot_missing")).toBe(false);
    }
  });

  it("that restic names are given up only where they did rot, and are kept", async () => {
    const [whole, rotten] = [await nameOf("whole"), await nameOf("rotten")];
    await bucket.put(`data/${whole.slice(0, 2)}/${whole}`, "whole");
    await bucket.put(`data/${rotten.slice(0, 2)}/${rotten}`, "Rotten");
    expect(await heal("snapshot_damaged", `blob from pack ${whole} failed, from pack ${rotten} failed`)).toBe("index");
    expect(mended).toEqual([[rotten]]);
    expect(await text(`talaria/rotten/data/${rotten.slice(0, 2)}/${rotten}.7`)).toBe("Rotten");
  });

  it("are written anew once in an attempt, unless something did rot", async () => {
    expect(await heal("snapshot_damaged", "a blob is not there", true)).toBe("nothing");
    expect(await heal("repository_unreachable")).toBe("nothing");
    expect(mended).toEqual([]);
  });
});
