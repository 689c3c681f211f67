import { describe, expect, it } from "vitest";
import type { NamedSecret } from "../secrets.ts";
import { SecretAges } from "./secretAges.ts";

const aSecret = (value: string, more: Partial<NamedSecret> = {}): NamedSecret => ({
  ...{ name: "adminToken", origin: "generated", value, overlapUntil: null, inGateway: false },
  ...more,
});

function ages() {
  const stored = new Map<string, unknown>();
  const world = { now: 0, secrets: [aSecret("the-first-value-of-it")], puts: 0 };
  const storage = {
    get: (key: string) => structuredClone(stored.get(key)),
    put: (key: string, value: unknown) => {
      world.puts += 1;
      stored.set(key, structuredClone(value));
    },
    delete: (key: string) => stored.delete(key),
    list: () => [],
  };
  /** Another object over the same storage, as after a reset. */
  const look = () =>
    new SecretAges(
      storage,
      () => world.secrets,
      () => world.now,
    ).look();
  return { world, look, stored };
}

describe("the age of a secret", () => {
  it("counts from when the bot first saw its value, also through a reset", () => {
    const { world, look } = ages();
    const begun = look();
    world.now = 3_600_000;
    expect(look()).toEqual(begun);
    expect(begun).toMatchObject([{ name: "adminToken", since: "1970-01-01T00:00:00.000Z" }]);
    expect(world.puts).toBe(1); // looking is no writing
  });

  it("begins anew with another value, whose overlap it tells", () => {
    const { world, look } = ages();
    look();
    world.now = 60_000;
    world.secrets = [aSecret("the-second-value", { overlapUntil: "1970-01-02T00:00:00.000Z" })];
    expect(look()).toMatchObject([{ since: "1970-01-01T00:01:00.000Z", overlapUntil: "1970-01-02T00:00:00.000Z" }]);
  });

  it("is forgotten with the secret, so that one that comes back is new", () => {
    const { world, look } = ages();
    const [kept] = world.secrets;
    look();
    world.secrets = [];
    expect(look()).toEqual([]);
    world.now = 60_000;
    world.secrets = kept ? [kept] : [];
    expect(look()).toMatchObject([{ since: "1970-01-01T00:01:00.000Z" }]);
  });

  it("is kept without any value", () => {
    const { look, stored } = ages();
    look();
    expect(JSON.stringify([...stored])).not.toContain("the-first-value");
    expect(JSON.stringify(look())).not.toContain("the-first-value");
  });
});
