import { beforeEach, describe, expect, it, vi } from "vitest";
import { aBot, World } from "../agent/aBot.ts";
import { homeAfterALoss, learned, promotedIn } from "./aMemory.ts";

const minute = 60_000;

let world: World;
let bot: ReturnType<typeof aBot>;
beforeEach(() => {
  world = new World();
  bot = aBot({ world });
});

const saved = (home: string) => learned(world, bot, home);
const afterALoss = () => homeAfterALoss(world, bot);

describe("saving", () => {
  it("promotes a snapshot of what the bot learned, and a fresh container knows it", async () => {
    await bot.wake();
    const id = await saved("my dog is called Gus");
    expect([promotedIn(world), bot.memory.promoted?.current]).toEqual([id, id]);
    expect(await afterALoss()).toBe("my dog is called Gus");
    expect(bot.ledger.current).toMatchObject({ state: "ready", desired: "running" });
  });

  it("asks the bucket for nothing while nothing changes", async () => {
    await bot.wake();
    await saved("something");
    await bot.settle();
    for (let day = 0; day < 300; day++) {
      bot.clock.now += 5 * minute;
      bot.ledger.update({ lastActivityAt: bot.clock.now });
      const before = world.bucket.operations.length;
      await bot.watch.look("alarm");
      await bot.settle();
      expect(world.bucket.operations.slice(before)).toEqual([]);
    }
    expect(world.repository.homes.size).toBe(1);
    expect(bot.memory.report(true)).toMatchObject({ late: false, alarms: [], lastRun: { outcome: "unchanged" } });
  });

  it("is due after the interval, once for two ticks at once, and whatever the clock does", async () => {
    await bot.wake();
    world.box.home = "one";
    await Promise.all([bot.watch.look("cron"), bot.watch.look("alarm")]);
    await bot.settle();
    expect(world.repository.homes.size).toBe(0);
    bot.clock.now += 5 * minute;
    await Promise.all([bot.watch.look("cron"), bot.watch.look("alarm")]);
    bot.memory.tend();
    await bot.settle();
    expect([...world.repository.homes.values()]).toEqual(["one"]);
    world.box.home = "two";
    bot.clock.now -= 30 * minute;
    await bot.watch.look("a clock that went back");
    await bot.settle();
    expect([...world.repository.homes.values()]).toEqual(["one", "two"]);
    world.box.home = "three";
    bot.clock.now += 1_000_000 * minute;
    bot.ledger.update({ lastActivityAt: bot.clock.now });
    await bot.watch.look("a clock that went forward");
    await bot.settle();
    expect([...world.repository.homes.values()]).toEqual(["one", "two", "three"]);
  });

  it("never snapshots a home that was not restored in this container (I2)", async () => {
    await bot.wake();
    await saved("precious");
    await world.box.destroy();
    world.box.running = true; // the platform has put a fresh container in its place, and nobody has noticed
    expect(await bot.memory.save("due")).toMatchObject({ saved: false, problem: { code: "not_restored" } });
    expect([...world.repository.homes.values()]).toEqual(["precious"]);
    expect(bot.memory.report(true).alarms).toMatchObject([{ code: "not_restored" }]);
  });

  it("has nothing to save while no home is whole, and starts no container for it", async () => {
    expect(await bot.memory.save("operator")).toMatchObject({ saved: true, outcome: "nothing" });
    await expect(bot.memory.begin("operator")).rejects.toMatchObject({ code: "nothingToSave" });
    expect(world.box.containerStarts).toBe(0);
  });

  it("keeps the last promoted snapshot when the home shrank, until an operator says that it is right", async () => {
    await bot.wake();
    const whole = await saved("a long life with many memories");
    world.box.home = "gone";
    expect(await bot.memory.save("due")).toMatchObject({ saved: false, outcome: "shrunk" });
    expect(await bot.memory.save("due")).toMatchObject({ saved: false, outcome: "unchanged" });
    expect(promotedIn(world)).toBe(whole);
    expect(bot.memory.report(true).alarms).toMatchObject([{ code: "not_promoted" }]);
    expect(await bot.memory.save("operator", { trustShrunk: true })).toMatchObject({
      saved: true,
      outcome: "promoted",
    });
    expect(await afterALoss()).toBe("gone");
  });

  it("promotes nothing that restic and the manifest disagree about, nor a home with a broken database", async () => {
    await bot.wake();
    const good = await saved("good");
    world.box.home = "good and more";
    world.repository.miscount = -1;
    expect(await bot.memory.save("due")).toMatchObject({ outcome: "unproven" });
    world.repository.miscount = 0;
    world.repository.malformed = ".hermes/state.db";
    expect(await bot.memory.save("due")).toMatchObject({ outcome: "malformed" });
    expect(promotedIn(world)).toBe(good);
    const verdicts = (await bot.memory.snapshots()).snapshots.map(({ verdict }) => verdict).sort();
    expect(verdicts).toEqual(["malformed", "promoted", "unproven"]);
  });

  it("notices a run that dies, waits longer after each, and calls the snapshot late after three intervals", async () => {
    await bot.wake();
    world.box.home = "unsaved";
    const attempts: number[] = [];
    const began = bot.clock.now;
    for (let minutes = 1; minutes <= 40; minutes++) {
      bot.clock.now = began + minutes * minute;
      bot.ledger.update({ lastActivityAt: bot.clock.now });
      const before = world.box.runs.all.length;
      world.box.runs.nextDies = true;
      await bot.watch.look("alarm");
      await bot.settle();
      if (world.box.runs.all.length > before) attempts.push(minutes);
    }
    expect(attempts).toEqual([5, 6, 8, 12, 20, 36]);
    const { late, alarms } = bot.memory.report(true);
    expect([late, alarms.map(({ code }) => code)]).toEqual([true, ["snapshot_late", "run_died"]]);
  });

  it("removes the locks of dead runs before the next one, and looks for them only then", async () => {
    await bot.wake();
    await saved("one");
    world.bucket.hold("locks/dead", "", { run: "snapshot-of-a-dead-container" });
    world.box.home = "two";
    world.box.runs.nextDies = true;
    await bot.memory.save("due");
    await bot.memory.save("due");
    expect(world.bucket.objects.has("locks/dead")).toBe(false);
    expect(world.bucket.operations.filter((operation) => operation === "list locks/")).toHaveLength(2);
  });

  it("answers whoever began a snapshot also where saving broke off before any run", async () => {
    await bot.wake();
    vi.spyOn(bot.memory, "save").mockRejectedValue(new Error("the run mend-1 is under way"));
    await expect(bot.memory.begin("operator")).rejects.toMatchObject({ code: "unsaved" });
    await bot.settle();
  });

  it("gives each run its own rights, and none to any other", async () => {
    await bot.wake();
    world.box.runs.endsAfter = 3;
    const saving = bot.memory.begin("operator");
    const { run } = await saving;
    expect(await bot.memory.repositoryAccess(run)).toMatchObject({ write: "yes" });
    expect(await bot.memory.repositoryAccess("snapshot-of-before")).toMatchObject({ write: "no" });
    await bot.settle();
    expect(await bot.memory.repositoryAccess(run)).toMatchObject({ write: "no" });
    expect(await bot.memory.runReport(run)).toMatchObject({ state: "ended", result: { outcome: "made" } });
  });

  it("makes a second snapshot for whoever asks while one is under way: it may lack what happened since", async () => {
    await bot.wake();
    world.box.home = "early";
    world.box.runs.endsAfter = 1;
    const first = bot.memory.save("due");
    const others = [bot.memory.save("stop"), bot.memory.save("operator")];
    await first;
    world.box.home = "late";
    await Promise.all(others);
    expect([...world.repository.homes.values()]).toEqual(["early", "late"]);
  });
});

describe("an object that is reset", () => {
  it("finds the run again, starts no second one, and promotes what it made", async () => {
    await bot.wake();
    world.box.home = "known";
    world.box.runs.endsAfter = 1_000_000;
    const { run } = await bot.memory.begin("due");
    const after = aBot({ world });
    world.box.runs.endsAfter = 0;
    after.memory.tend();
    await after.settle();
    expect(world.box.runs.all.map((one) => one.run)).toEqual([run]);
    expect(after.memory.promoted?.current).toBe([...world.repository.homes.keys()][0]);
    expect(promotedIn(world)).toBe(after.memory.promoted?.current);
  });

  it("ends a run that nobody remembers before it starts another", async () => {
    await bot.wake();
    world.box.runs.endsAfter = 1_000_000;
    await bot.memory.begin("due");
    world.stored.delete("run/agent");
    const after = aBot({ world });
    world.box.home = "known";
    const saving = after.memory.save("due");
    for (let turn = 0; turn < 1_000; turn++) await Promise.resolve();
    expect(world.box.runs.all).toMatchObject([{ alive: false, result: null }, { alive: true }]);
    world.box.runs.endsAfter = 0;
    expect(await saving).toMatchObject({ saved: true });
  });

  it("promotes what was made even where the container is gone meanwhile", async () => {
    await bot.wake();
    world.box.home = "made, not promoted";
    world.bucket.fails = (operation) => operation.startsWith("put ");
    expect(await bot.memory.save("due")).toMatchObject({ problem: { code: "not_settled" } });
    world.bucket.fails = () => false;
    await world.box.destroy();
    const after = aBot({ world });
    await after.wake();
    expect(world.box.home).toBe("made, not promoted");
  });
});

describe("promotion", () => {
  it("comes last: a crash between any two writes leaves a memory that is whole, and the next object agrees with the bucket (I3)", async () => {
    for (let crashAt = 1; ; crashAt++) {
      world = new World();
      bot = aBot({ world });
      await bot.wake();
      const before = await saved("before");
      world.box.home = "before and after";
      let writes = 0;
      world.bucket.fails = (operation) => operation.startsWith("put ") && ++writes >= crashAt;
      const { saved: isSaved } = await bot.memory.save("due");
      world.bucket.fails = () => false;
      expect(bot.memory.promoted?.current).toBe(promotedIn(world));
      expect([before, [...world.repository.homes.keys()][1]]).toContain(promotedIn(world));
      expect(world.repository.homes.has(promotedIn(world))).toBe(true);
      const after = aBot({ world });
      await world.box.destroy();
      await after.wake();
      expect(world.box.home).toBe("before and after");
      expect(promotedIn(world)).toBe(after.memory.promoted?.current);
      if (isSaved) break;
      expect(crashAt).toBeLessThan(5);
    }
  });

  it("takes the newer one where storage and bucket disagree, in both directions, whatever the clocks say", async () => {
    await bot.wake();
    await saved("one");
    const older = new Map(world.stored);
    const olderPointer = world.bucket.objects.get("talaria/promoted.json")?.text ?? "";
    bot.clock.now -= 1_000 * minute;
    const newer = await saved("one and two");
    world.bucket.hold("talaria/promoted.json", olderPointer);
    expect(await afterALoss()).toBe("one and two");
    expect(promotedIn(world)).toBe(newer);
    world.stored = older;
    bot = aBot({ world });
    expect(await afterALoss()).toBe("one and two");
    expect(bot.logged.join("\n")).toContain("the Agent knew of an older promotion than the bucket");
  });

  it("is read from the records where the pointer in the bucket is gone or spoiled", async () => {
    await bot.wake();
    await saved("one");
    await saved("one and two");
    for (const spoil of [
      () => world.bucket.objects.delete("talaria/promoted.json"),
      () => world.bucket.hold("talaria/promoted.json", "{"),
    ]) {
      spoil();
      world.stored.clear();
      bot = aBot({ world });
      expect(await afterALoss()).toBe("one and two");
    }
  });
});
