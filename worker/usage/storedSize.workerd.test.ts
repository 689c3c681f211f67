import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../env.ts";
import type { Reading } from "./reading.ts";
import { StoredSize } from "./storedSize.ts";

describe("the size of the bucket", () => {
  it("is looked up once a day, over all pages, and again after a look that failed", async () => {
    const { SNAPSHOTS } = env as Env;
    for (let at = 0; at < 5; at++) await SNAPSHOTS.put(`object-${at}`, "x".repeat(10 + at));
    const stored = new Map<string, unknown>();
    const clock = { now: Date.parse("2026-11-22T12:00:00Z") };
    const told: Reading[] = [];
    let fails = true;
    const size = new StoredSize({
      storage: { get: (key) => stored.get(key), put: (key, value) => void stored.set(key, value) },
      bucket: { list: (options) => SNAPSHOTS.list({ ...options, limit: 2 }) },
      tell: async (reading) => {
        if (fails) throw new Error("reset");
        told.push(reading);
      },
      now: () => clock.now,
    });
    await expect(size.look()).rejects.toThrow("reset");
    fails = false;
    await size.look();
    await size.look();
    expect(told.map(({ levels }) => levels)).toEqual([{ storedBytes: 60 }]);
    clock.now += 86_400_000;
    await size.look();
    expect(told).toHaveLength(2);
  });
});
