import { beforeEach, describe, expect, it } from "vitest";
import { aBot, World } from "../agent/aBot.ts";
import { alarmsOf, learnedTimes } from "./aMemory.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

let world: World;
let bot: ReturnType<typeof aBot>;
beforeEach(() => {
  world = new World();
  bot = aBot({ world });
});

const alarms = () => alarmsOf(bot);
const recordsInBucket = () => [...world.bucket.objects.keys()].filter((key) => key.startsWith("talaria/snapshots/"));
const maintenance = () => world.careBoxes.maintenance;

const saved = (count: number) => learnedTimes(world, bot, count);

/** Cares and waits for the end. */
async function cared(): Promise<string> {
  const { run } = await bot.memory.care.care();
  await bot.settle();
  return run;
}

describe("care", () => {
  it("never forgets the memory, nor the ones before it, though a thief's snapshots claim to be newer (I6)", async () => {
    const ids = await saved(8);
    for (let n = 0; n < 5; n++) world.repository.add(`a thief's ${n}`);
    await cared();
    const kept = [...world.repository.homes.keys()];
    expect(kept).toEqual(expect.arrayContaining(ids.slice(-3)));
    for (const id of ids.slice(0, 5)) expect(kept).not.toContain(id);
    await world.box.destroy();
    await bot.wake();
    expect(world.box.home).toBe("what was learned 7");
  });

  it("never forgets the memory after a roll back to an old snapshot", async () => {
    const [old = ""] = await saved(1);
    await saved(20);
    const record = await bot.memory.theOne(old);
    await bot.memory.choose(record);
    await cared();
    expect([...world.repository.homes.keys()]).toContain(old);
  });

  it("strikes what is forgotten out of the books, here and in the bucket, and nothing else", async () => {
    const ids = await saved(8);
    await cared();
    const { snapshots, current } = await bot.memory.snapshots();
    expect(snapshots.map(({ id }) => id)).toEqual(ids.slice(-3).reverse());
    expect(current).toBe(ids.at(-1));
    expect(recordsInBucket().sort()).toEqual(
      ids
        .slice(-3)
        .map((id) => `talaria/snapshots/${id}.json`)
        .sort(),
    );
    expect((await aBot({ world }).memory.snapshots()).snapshots).toHaveLength(3);
  });

  it("runs as maintenance in a container of its own, which is destroyed afterwards", async () => {
    await saved(1);
    const { run } = await bot.memory.care.care();
    expect(maintenance().running).toBe(true);
    expect(maintenance().runs.all[0]).toMatchObject({
      kind: "care",
      environment: { RESTIC_REST_USERNAME: `maintenance.${run}.maintenance` },
    });
    await bot.settle();
    expect(maintenance().running).toBe(false);
    expect(await bot.memory.runReport(run)).toMatchObject({ state: "ended", result: { outcome: "tidied", kept: 1 } });
    expect(bot.memory.report(true).lastCare).toMatchObject({ done: true, kept: 1, forgotten: 0, problem: null });
  });

  it("is due once a day where something was saved since, and costs an idle bot nothing", async () => {
    await saved(1);
    const tick = async () => {
      bot.memory.care.tend();
      await bot.settle();
    };
    await tick();
    bot.clock.now += day - minute;
    await tick();
    expect(maintenance().containerStarts).toBe(0);
    bot.clock.now += 2 * minute;
    await tick();
    expect(maintenance().containerStarts).toBe(1);
    const before = world.bucket.operations.length;
    for (let n = 0; n < 5; n++) {
      bot.clock.now += day;
      await tick();
    }
    expect(maintenance().containerStarts).toBe(1);
    expect(world.bucket.operations.slice(before)).toEqual([]);
    await saved(1);
    await tick();
    expect(maintenance().containerStarts).toBe(2);
  });

  it("is due before its day where the repository has many index files", async () => {
    await saved(1);
    bot.memory.care.tend();
    await bot.settle();
    for (let n = 0; n < 300; n++) world.bucket.hold(`index/${n}`);
    await saved(1);
    bot.clock.now += hour;
    bot.memory.care.tend();
    await bot.settle();
    expect(maintenance().containerStarts).toBe(1);
  });

  it("raises an alarm when something that has to be there is not", async () => {
    const ids = await saved(3);
    world.repository.homes.delete(ids[1] ?? "");
    await cared();
    expect(alarms()).toEqual(["snapshot_lost"]);
    expect((await bot.memory.theOne(ids[1] ?? "")).verdict).toBe("bad");
    expect(bot.memory.promoted?.current).toBe(ids[2]);
  });

  it("removes a snapshot that nobody can read and nobody promoted, then tidies", async () => {
    const [id = ""] = await saved(1);
    const strange = "f".repeat(64);
    world.bucket.hold(`snapshots/${strange}`);
    world.repository.unreadable.add(strange).add(id);
    await cared();
    expect(world.bucket.objects.has(`snapshots/${strange}`)).toBe(false);
    expect(world.bucket.objects.has(`snapshots/${id}`)).toBe(true);
    expect(alarms()).toEqual(["care_failed"]);
    world.repository.unreadable.clear();
    bot.clock.now += hour;
    bot.memory.care.tend();
    await bot.settle();
    expect(alarms()).toEqual([]);
  });
});

describe("the agent beside care", () => {
  /** A prune that lasts for as many questions. */
  async function pruning(): Promise<string> {
    await saved(2);
    maintenance().runs.endsAfter = 300;
    const { run } = await bot.memory.care.care();
    world.bucket.hold("locks/of-care", "", { run });
    return run;
  }

  it("is told to write later while a prune runs, and begins no snapshot that can wait", async () => {
    const run = await pruning();
    expect(bot.memory.care.pruning).toBe(true);
    expect(await bot.memory.repositoryAccess(run)).toEqual({ write: "yes", indexesUntil: null });
    const homes = world.repository.homes.size;
    world.box.home = "something new";
    bot.storage.put("schedule-of-snapshots", { savedAt: 0, attemptedAt: null, failures: 0 });
    bot.memory.tend();
    expect(bot.memory.report(true).run).toBe(null);
    await bot.settle();
    bot.memory.tend();
    await bot.settle();
    expect(world.repository.homes.size).toBeGreaterThanOrEqual(homes);
    expect([...world.repository.homes.values()]).toContain("something new");
  });

  it("has the right of way: a snapshot before an end stops the prune and finds no lock", async () => {
    const run = await pruning();
    world.box.home = "the last words";
    expect(await bot.memory.save("stop")).toMatchObject({ saved: true });
    expect((await bot.memory.repositoryAccess(run)).write).toBe("no");
    expect(world.bucket.objects.has("locks/of-care")).toBe(false);
    await bot.settle();
    expect(maintenance().running).toBe(false);
    expect(alarms()).toEqual([]);
    expect(await bot.memory.runReport(run)).toMatchObject({ state: "ended", died: "it gave way to a snapshot (stop)" });
  });

  it("has the right of way: a fresh container is filled at once", async () => {
    const run = await pruning();
    await world.box.destroy();
    await bot.wake();
    expect(world.box.home).toBe("what was learned 1");
    expect((await bot.memory.repositoryAccess(run)).write).toBe("no");
    await bot.settle();
    bot.clock.now += hour;
    bot.memory.care.tend();
    await bot.settle();
    expect(bot.memory.report(true).lastCare).toMatchObject({ done: true });
  });

  it("is filled before any prune begins, however the two come together", async () => {
    await saved(2);
    await world.box.destroy();
    bot.clock.now += 2 * day;
    world.box.runs.endsAfter = 50;
    let awake = false;
    const waking = bot.wake().finally(() => {
      awake = true;
    });
    const together: boolean[] = [];
    while (!awake) {
      maintenance().runs.endsAfter = 1_000;
      void bot.memory.care.care().catch(() => {}); // refused, as it should be
      await Promise.resolve();
      const filling = world.box.runs.all.some(({ kind, alive }) => kind === "restore" && alive);
      if (filling) together.push(bot.memory.care.pruning);
    }
    await waking;
    expect(together.length).toBeGreaterThan(0);
    expect(together).not.toContain(true);
    maintenance().runs.endsAfter = 0;
    await bot.settle();
    expect(world.box.home).toBe("what was learned 1");
  });

  it("is not hindered by maintenance that died: it is noticed, its lock goes, and it is tried again after an hour", async () => {
    await saved(2);
    maintenance().runs.nextDies = true;
    const { run } = await bot.memory.care.care();
    world.bucket.hold("locks/of-care", "", { run });
    await bot.settle();
    expect(world.bucket.objects.has("locks/of-care")).toBe(false);
    expect(maintenance().running).toBe(false);
    expect(alarms()).toEqual(["care_failed"]);
    await saved(1);
    expect(bot.memory.report(true).lastCare).toMatchObject({ done: false, problem: { code: "run_died" } });
    bot.clock.now += hour;
    bot.memory.care.tend();
    await bot.settle();
    expect(alarms()).toEqual([]);
    expect(bot.memory.report(true).lastCare).toMatchObject({ done: true });
  });

  it("finds care again after its object was reset", async () => {
    await saved(2);
    maintenance().runs.endsAfter = 3;
    const { run } = await bot.memory.care.care();
    const later = aBot({ world });
    later.memory.care.tend();
    await later.settle();
    await bot.settle();
    expect(await later.memory.runReport(run)).toMatchObject({ state: "ended", result: { outcome: "tidied" } });
    expect(maintenance().runs.all).toEqual([]);
    expect(later.memory.report(true).lastCare).toMatchObject({ done: true });
  });

  it("ends a container that could not be ended at once", async () => {
    await saved(1);
    const destroy = maintenance().destroy.bind(maintenance());
    maintenance().destroy = async () => Promise.reject(new Error("the platform stumbles"));
    await cared();
    expect(maintenance().running).toBe(true);
    maintenance().destroy = destroy;
    bot.memory.care.tend();
    await bot.settle();
    expect(maintenance().running).toBe(false);
  });
});
