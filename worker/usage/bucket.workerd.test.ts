import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Env } from "../env.ts";
import { counted } from "./bucket.ts";

describe("a counted bucket", () => {
  it("counts what Cloudflare bills: writes and lists as A, reads as B, what is removed not at all", async () => {
    const sums: Record<string, number> = {};
    const bucket = counted((env as Env).SNAPSHOTS, (what, amount = 1) => {
      sums[what] = (sums[what] ?? 0) + amount;
    });
    await bucket.put("a", "1234567890");
    await bucket.list();
    await bucket.head("a");
    for (const range of [undefined, { offset: 7 }, { offset: 2, length: 4 }, { suffix: 1 }]) {
      const object = await bucket.get("a", range && { range });
      await object?.arrayBuffer();
    }
    expect(await bucket.get("missing")).toBeNull();
    await bucket.delete("a");
    expect(sums).toEqual({ r2ClassA: 2, r2BytesIn: 10, r2ClassB: 6, r2BytesOut: 10 + 3 + 4 + 1 });
  });

  it("says itself what fails", async () => {
    const bucket = counted({ ...(env as Env).SNAPSHOTS, put: () => Promise.reject(new Error("no room")) }, () => {});
    await expect(bucket.put("a", "1")).rejects.toThrow("no room");
  });
});
