import { describe, expect, it } from "vitest";
import type { RotatingSecret } from "../bindings.ts";
import { HermesKey } from "./hermesKey.ts";

/** A key over a storage that outlives it. */
function aKey(secret: RotatingSecret, stored = new Map<string, string>()) {
  const storage = {
    get: (key: string) => stored.get(key),
    put: (key: string, value: string) => stored.set(key, value),
  };
  return { key: new HermesKey(() => secret, storage), stored };
}

describe("the key of Hermes' API server", () => {
  it("stays the one that the running gateway was started with, over a rotation, until the next start", () => {
    const { key: before, stored } = aKey({ current: "first-key-0123456789" });
    expect(before.forStart()).toBe("first-key-0123456789");
    const rotated = { current: "second-key-0123456789", previous: "first-key-0123456789" };
    const { key: after } = aKey(rotated, stored);
    expect(after.value()).toBe("first-key-0123456789");
    expect(after.forStart()).toBe("second-key-0123456789");
    expect(after.value()).toBe("second-key-0123456789");
  });

  it("is the current one where no start is remembered", () => {
    expect(aKey({ current: "second-key-0123456789", previous: "first-key-0123456789" }).key.value()).toBe(
      "second-key-0123456789",
    );
  });

  it("is not kept as it is", () => {
    const { key, stored } = aKey({ current: "first-key-0123456789" });
    key.forStart();
    expect([...stored.values()].join()).not.toContain("first-key");
  });
});
