import { describe, expect, it } from "vitest";
import { NotTold } from "./channels/channel.ts";
import { type Notice, testNotice } from "./notice.ts";
import { Outbox } from "./outbox.ts";

const start = Date.parse("2026-11-21T12:00:00Z");
const notice = (id: string): Notice => ({ ...testNotice({ bot: "b", stack: "s" }, start), id });

/** Two channels over a storage that outlives them. */
function anOutbox(stored = new Map<string, unknown>()) {
  const clock = { now: start };
  const told: Record<string, string[]> = { one: [], two: [] };
  const refuses: Record<string, Error | undefined> = {};
  const tries: string[] = [];
  const channel = (name: string) => ({
    name,
    target: name,
    tell: async ({ id }: Notice) => {
      tries.push(`${name} ${id}`);
      const refused = refuses[name];
      if (refused !== undefined) throw refused;
      told[name]?.push(id);
    },
  });
  const outbox = new Outbox({
    storage: {
      get: (key) => structuredClone(stored.get(key)),
      put: (key, value) => void stored.set(key, structuredClone(value)),
      delete: (key) => stored.delete(key),
      list: () => [],
    },
    channels: [channel("one"), channel("two")],
    tried: () => {},
    log: () => {},
    now: () => clock.now,
  });
  return { outbox, clock, told, refuses, tries, stored };
}

describe("the outbox", () => {
  it("tells each channel in order, and goes on with one where another fails", async () => {
    const { outbox, told, refuses, clock } = anOutbox();
    refuses.one = new NotTold("status 500");
    for (const id of ["a", "b", "c"]) outbox.add(notice(id));
    await outbox.send();
    expect(told).toEqual({ one: [], two: ["a", "b", "c"] });
    expect(outbox.lane("one")).toMatchObject({ problem: "status 500", failures: 1 });
    refuses.one = undefined;
    clock.now += 31_000;
    await outbox.send();
    expect(told.one).toEqual(["a", "b", "c"]);
    expect(outbox.lane("one")).toMatchObject({ problem: null, queue: [] });
    expect(outbox.nextTry).toBeNull();
  });

  it("waits longer after each failure, half an hour at most, and as long as it is asked to", async () => {
    const { outbox, refuses, clock } = anOutbox();
    refuses.one = new NotTold("busy", 120_000);
    outbox.add(notice("a"), "two");
    const pauses: number[] = [];
    for (let time = 0; time < 9; time++) {
      await outbox.send();
      pauses.push(((outbox.nextTry ?? 0) - clock.now) / 1000);
      clock.now = outbox.nextTry ?? 0;
      if (time > 0) refuses.one = new Error("status 500");
    }
    expect(pauses).toEqual([120, 120, 120, 240, 480, 960, 1800, 1800, 1800]);
  });

  it("tries nothing before its time, and everything where the clock went back", async () => {
    const { outbox, refuses, tries, clock } = anOutbox();
    refuses.one = new Error("status 500");
    outbox.add(notice("a"), "two");
    await outbox.send();
    await outbox.send();
    expect(tries).toEqual(["one a"]);
    clock.now -= 86_400_000;
    await outbox.send();
    expect(tries).toEqual(["one a", "one a"]);
  });

  it("sends in a new object what an old one left, once", async () => {
    const { outbox, refuses, stored } = anOutbox();
    refuses.two = new Error("reset");
    outbox.add(notice("a"));
    await outbox.send();
    const next = anOutbox(stored);
    next.clock.now += 60_000;
    await next.outbox.send();
    expect(next.told).toEqual({ one: [], two: ["a"] });
  });

  it("sends once where two ask at the same time", async () => {
    const { outbox, told } = anOutbox();
    outbox.add(notice("a"));
    await Promise.all([outbox.send(), outbox.send()]);
    expect(told).toEqual({ one: ["a"], two: ["a"] });
  });
});
