import { beforeEach, describe, expect, it } from "vitest";
import type { Reading } from "../usage/reading.ts";
import { ContainerMeter, readEverySeconds } from "./containerMeter.ts";
import type { ContainerUse } from "./containerUse.ts";

const minutes = 60_000;
const never = new AbortController().signal;

/** One object: its storage, its clock, its container, and a book that may be away. */
class World {
  now = 1_000_000;
  use: ContainerUse | "silent" | "wedged" = { cpuSeconds: 0, memoryBytes: null, diskBytes: null, sentBytes: null };
  size = { vcpu: 0.5, memoryGib: 4, diskGb: 8 };
  bookIsAway = false;
  readonly told: Reading[] = [];
  readonly logged: string[] = [];
  private readonly kept = new Map<string, unknown>();

  /** As the object makes it; again after each reset. */
  meter(): ContainerMeter {
    const { kept } = this;
    return new ContainerMeter({
      source: "AgentBox/abc",
      of: "hermes",
      size: this.size,
      storage: {
        get: <T>(key: string) => structuredClone(kept.get(key)) as T | undefined,
        put: (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
        delete: (key: string) => kept.delete(key),
      },
      now: () => this.now,
      look: async () => {
        if (this.use === "silent") throw new Error("no such program");
        return this.use === "wedged" ? new Promise(() => {}) : this.use;
      },
      tell: async (reading) => {
        if (this.bookIsAway) throw new Error("the book is away");
        this.told.push(structuredClone(reading));
      },
      log: (_level, text) => void this.logged.push(text),
    });
  }

  /** What a book would have counted: of each source its last reading. */
  get seconds(): Record<string, number | undefined> {
    return Object.fromEntries(this.told.map(({ source, counted }) => [source, counted.containerSeconds]));
  }
}

let world: World;
beforeEach(() => {
  world = new World();
});

/** Looks and tells, as each tick does. */
async function tick(meter: ContainerMeter, signal = never): Promise<void> {
  await meter.look(signal);
  await meter.tell();
}

describe("the meter of a container", () => {
  it("counts time by the declared size, and what the container says", async () => {
    const meter = world.meter();
    meter.started();
    world.now += 5 * minutes;
    world.use = { cpuSeconds: 12.5, memoryBytes: 3e8, diskBytes: 2e9, sentBytes: 5e6 };
    await tick(meter);
    expect(world.told).toEqual([
      {
        source: "AgentBox/abc/1000000",
        of: "hermes",
        counted: {
          containerSeconds: 300,
          memoryGibSeconds: 1_200,
          diskGbSeconds: 2_400,
          vcpuSeconds: 12.5,
          egressGb: 0.005,
        },
        levels: { memoryBytes: 3e8, diskBytes: 2e9 },
      },
    ]);
  });

  it("keeps no level above what the container has: that is its machine's", async () => {
    const meter = world.meter();
    meter.started();
    world.use = { cpuSeconds: 1, memoryBytes: 6e9, diskBytes: 46e9, sentBytes: 0 };
    await tick(meter);
    world.use = { cpuSeconds: 1, memoryBytes: 3e8, diskBytes: 46e9, sentBytes: 0 };
    await tick(meter);
    expect(world.told.map(({ levels }) => levels)).toEqual([{}, { memoryBytes: 3e8 }]);
  });

  it("goes on with a count after a reset of its object, and when the SDK says again that the container has started", async () => {
    world.meter().started();
    world.now += 2 * minutes;
    world.meter().started();
    world.now += 3 * minutes;
    await tick(world.meter());
    expect(world.seconds).toEqual({ "AgentBox/abc/1000000": 300 });
  });

  it("counts to the end that is noticed, and begins a new source with the next start", async () => {
    const meter = world.meter();
    meter.started();
    world.now += 90_000;
    meter.ended();
    world.now += 60 * minutes;
    meter.started();
    world.now += 10_000;
    meter.ended();
    meter.ended();
    await meter.tell();
    expect(world.seconds).toEqual({ "AgentBox/abc/1000000": 90, "AgentBox/abc/4690000": 10 });
    expect(world.told).toHaveLength(2);
  });

  it("counts to the last look where the end was noticed long after nobody watched", async () => {
    const meter = world.meter();
    meter.started();
    world.now += readEverySeconds * 1_000;
    await tick(meter);
    world.now += 8 * 60 * minutes; // the machine slept
    world.meter().ended();
    await meter.tell();
    expect(world.seconds).toEqual({ "AgentBox/abc/1000000": readEverySeconds });
  });

  it("counts a night over which the container has run on", async () => {
    const meter = world.meter();
    meter.started();
    world.now += 480 * minutes;
    await tick(meter);
    expect(world.seconds).toEqual({ "AgentBox/abc/1000000": 28_800 });
  });

  it.each(["silent", "wedged"] as const)("counts the time of a container that is %s", async (how) => {
    const meter = world.meter();
    meter.started();
    world.use = { cpuSeconds: 7, memoryBytes: 3e8, diskBytes: null, sentBytes: 1e9 };
    world.now += 1 * minutes;
    await meter.look(never);
    world.use = how;
    world.now += 1 * minutes;
    const last = new AbortController();
    const looked = meter.look(last.signal);
    last.abort(new Error("too long"));
    await looked;
    meter.ended();
    await meter.tell();
    expect(world.told).toMatchObject([{ counted: { containerSeconds: 120, vcpuSeconds: 7, egressGb: 1 } }]);
    expect(world.told[0]).not.toHaveProperty("levels"); // those of before are not those of now
    expect(world.logged).toHaveLength(1);
  });

  it("leaves a new count alone when a look at the container before comes back", async () => {
    const meter = world.meter();
    meter.started();
    world.use = { cpuSeconds: 3_000, memoryBytes: 1, diskBytes: 1, sentBytes: 1 };
    const late = meter.look(never);
    meter.ended();
    world.now += 60_000;
    meter.started();
    await late;
    world.now += 60_000;
    meter.ended();
    await meter.tell();
    expect(world.told.at(-1)?.counted).toEqual({ containerSeconds: 60, memoryGibSeconds: 240, diskGbSeconds: 480 });
  });

  it("never counts down, and believes no container to have used more than it has", async () => {
    const meter = world.meter();
    meter.started();
    const counters = [
      { cpuSeconds: 40, sentBytes: 9e9 },
      { cpuSeconds: 5, sentBytes: 1e9 },
      { cpuSeconds: 1e9, sentBytes: 9e9 },
    ];
    for (const counter of counters) {
      world.use = { ...counter, memoryBytes: null, diskBytes: null };
      world.now += 2 * minutes;
      await tick(meter);
    }
    world.now -= 10 * minutes; // a clock that was put back
    await tick(meter);
    expect(world.told.map(({ counted }) => counted.vcpuSeconds)).toEqual([40, 40, 180, 180]);
    expect(world.told.map(({ counted }) => counted.egressGb)).toEqual([9, 9, 9, 9]);
    expect(world.told.map(({ counted }) => counted.containerSeconds)).toEqual([120, 240, 360, 360]);
  });

  it("keeps the size that a container was started with", async () => {
    world.meter().started();
    world.now += 60_000;
    world.size = { vcpu: 4, memoryGib: 12, diskGb: 20 };
    await tick(world.meter());
    expect(world.told[0]?.counted.memoryGibSeconds).toBe(240);
  });

  it("tells later what could not be told, each ended container's too, and gives up waking for it after an hour", async () => {
    const meter = world.meter();
    world.bookIsAway = true;
    for (let ended = 0; ended < 2; ended++) {
      meter.started();
      world.now += 30_000;
      meter.ended();
      await meter.tell();
    }
    expect(meter.owes).toBe(true);
    world.now += 61 * minutes;
    expect(meter.owes).toBe(false);
    world.bookIsAway = false;
    meter.started();
    world.now += 5_000;
    await tick(world.meter());
    expect(world.seconds).toEqual({
      "AgentBox/abc/1000000": 30,
      "AgentBox/abc/1030000": 30,
      "AgentBox/abc/4720000": 5,
    });
    await meter.tell();
    expect(world.told).toHaveLength(4); // the ended ones once
  });

  it("keeps the last fifty of a book that stays away, and says what is lost", async () => {
    const meter = world.meter();
    world.bookIsAway = true;
    for (let ended = 0; ended < 51; ended++) {
      meter.started();
      world.now += 1_000;
      meter.ended();
    }
    world.bookIsAway = false;
    await meter.tell();
    expect(world.told).toHaveLength(50);
    expect(world.told[0]?.source).toBe("AgentBox/abc/1001000");
    expect(world.logged).toEqual(["what an ended container used is forgotten: it could not be told"]);
  });

  it("forgets what could not be told for days: a book that knows its source no longer would count it anew", async () => {
    const meter = world.meter();
    meter.started();
    world.now += 5 * minutes;
    await tick(meter);
    world.bookIsAway = true;
    meter.ended();
    await meter.tell();
    world.bookIsAway = false;
    world.now += 8 * 24 * 60 * minutes;
    meter.started();
    await tick(meter);
    expect(world.seconds).toEqual({ "AgentBox/abc/1000000": 300, [`AgentBox/abc/${world.now}`]: 0 });
    expect(world.told).toHaveLength(2);
    expect(world.logged.at(-1)).toBe("what an ended container used is forgotten: it could not be told");
  });

  it("counts nothing, and asks nothing, where no container has started", async () => {
    const meter = world.meter();
    world.use = "silent";
    meter.ended();
    await tick(meter);
    expect([world.told, world.logged, meter.owes]).toEqual([[], [], false]);
  });
});
