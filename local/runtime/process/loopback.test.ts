import { describe, expect, it } from "vitest";
import { LoopbackAddresses, requireLoopbackNetwork } from "./loopback.ts";

describe("loopback addresses", () => {
  it("are inside 127.100-199 and never given twice", () => {
    const addresses = new LoopbackAddresses();
    const taken = Array.from({ length: 500 }, () => addresses.take());
    expect(new Set(taken).size).toBe(500);
    for (const address of taken) expect(address).toMatch(/^127\.1\d\d\.\d+\.\d+$/);
  });

  it("offer Docker where a second one cannot be bound", async () => {
    // 192.0.2.1 is of no machine, as 127.0.0.2 is on macOS
    await expect(requireLoopbackNetwork("192.0.2.1")).rejects.toThrow(/only one loopback address[\s\S]*Docker/);
  });
});
