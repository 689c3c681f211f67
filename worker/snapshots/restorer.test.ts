import { beforeEach, describe, expect, it } from "vitest";
import { aBot, World } from "../agent/aBot.ts";
import { homeAfterALoss, learned, promotedIn } from "./aMemory.ts";

let world: World;
let bot: ReturnType<typeof aBot>;
beforeEach(() => {
  world = new World();
  bot = aBot({ world });
});

const saved = (home: string) => learned(world, bot, home);
const afterALoss = () => homeAfterALoss(world, bot);

describe("a fresh container", () => {
  it("starts empty only where there has never been a snapshot", async () => {
    await bot.wake();
    expect(world.box.commands.join("\n")).toContain("first-boot");
    world.bucket.hold("config");
    await world.box.destroy();
    bot = aBot({ world });
    await bot.wake(); // a repository without any snapshot
    expect(world.box.commands.filter((command) => command.includes("first-boot"))).toHaveLength(2);
  });

  it("is filled from a bucket that a fresh object has never seen", async () => {
    await bot.wake();
    await saved("known");
    world.stored.clear();
    bot = aBot({ world });
    expect(await afterALoss()).toBe("known");
    expect((await bot.memory.snapshots()).snapshots).toHaveLength(1);
  });

  it("adopts the newest snapshot that is whole where nobody promoted any", async () => {
    world.repository.add("oldest");
    const older = world.repository.add("older");
    world.repository.broken.add(world.repository.add("newest, and broken"));
    await bot.wake();
    expect(world.box.home).toBe("older");
    expect(promotedIn(world)).toBe(older);
  });

  it("takes the one before a bad one, says so, and never starts empty (I4)", async () => {
    await bot.wake();
    await saved("one");
    const second = await saved("one, two");
    const third = await saved("one, two, three");
    world.repository.broken.add(third);
    expect(await afterALoss()).toBe("one, two");
    expect(promotedIn(world)).toBe(second);
    expect(bot.memory.report(true).alarms.map(({ code }) => code)).toContain("snapshot_bad");
    expect(await bot.memory.find(third)).toMatchObject([{ verdict: "bad" }]);
    world.box.home = "one, two, four";
    await bot.memory.save("due");
    expect(world.box.runs.all.at(-1)?.flags.get("--parent")).toBe(second);
  });

  it("waits with an older one while the index cannot be written anew, for three tries", async () => {
    await bot.wake();
    await saved("one");
    world.repository.broken.add(await saved("one, two"));
    world.careBoxes.maintenance.start = async () => {
      throw new Error("no instance is free");
    };
    for (let n = 0; n < 2; n++) await expect(afterALoss()).rejects.toThrow(/The index is not whole/);
    expect(await afterALoss()).toBe("one");
  });

  it("goes on over the home that took a bad one's place, also where that could not be written down", async () => {
    await bot.wake();
    await saved("one");
    await saved("one, two");
    const third = await saved("one, two, three");
    world.repository.broken.add(third);
    world.bucket.fails = (operation) => operation === "put talaria/promoted.json";
    await expect(afterALoss()).rejects.toThrow();
    world.bucket.fails = () => false;
    await bot.wake();
    expect([world.box.home, promotedIn(world)]).toEqual(["one, two", third]);
    const next = await saved("one, two, four");
    expect(world.box.runs.all.at(-1)?.flags.has("--parent")).toBe(false);
    expect(promotedIn(world)).toBe(next);
  });

  it("does not start when every snapshot is bad (I4), and tries all of them again for an operator", async () => {
    await bot.wake();
    const ids = [await saved("one"), await saved("one, two")];
    for (const id of ids) world.repository.broken.add(id);
    await expect(afterALoss()).rejects.toThrow(/None of the 2 snapshots/);
    expect(world.box.commands.filter((command) => command.includes("first-boot"))).toHaveLength(1);
    expect(bot.ledger.current).toMatchObject({ state: "failed", failures: { hopeless: true } });
    world.repository.broken.clear();
    await bot.wake();
    expect(world.box.home).toBe("one, two");
  });

  it("does not start when the promoted snapshot is gone from the bucket and no other is left", async () => {
    await bot.wake();
    await saved("one");
    world.repository.homes.clear();
    await expect(afterALoss()).rejects.toThrow(/None of the 1 snapshots/);
  });

  it("fails clearly, and without trying on, when the password does not open the repository", async () => {
    world.repository.add("theirs");
    world.repository.problem = "wrong_password";
    await expect(bot.wake()).rejects.toMatchObject({ code: "gaveUp" });
    await expect(bot.starter.ensureReady("cron")).rejects.toThrow(/it is wrong_password/);
    expect(world.box.commands.join("\n")).not.toContain("first-boot");
  });

  it("waits for a repository that cannot be reached, and never starts without it", async () => {
    await bot.wake();
    await saved("known");
    world.repository.problem = "repository_unreachable";
    await expect(afterALoss()).rejects.toMatchObject({ code: "startFailed" });
    world.repository.problem = undefined;
    bot.clock.now += 5_000;
    await bot.watch.look("alarm");
    expect([world.box.home, bot.ledger.current.state]).toEqual(["known", "ready"]);
  });

  it("is never restored over a living gateway (I1): such a container is given up", async () => {
    await bot.wake();
    await saved("known");
    world.box.marker = null;
    await expect(bot.starter.ensureReady("a test")).rejects.toThrow(/a gateway ran over a home that was not restored/);
    expect(world.box.running).toBe(false);
    bot.clock.now += 5_000;
    await bot.starter.ensureReady("a test");
    expect(world.box.home).toBe("known");
  });

  it("goes on with the restore that an object before it began", async () => {
    await bot.wake();
    await saved("known");
    await world.box.destroy();
    world.box.runs.endsAfter = 1_000_000;
    const cut = bot.wake();
    while (world.box.runs.all.length === 0) await Promise.resolve();
    const after = aBot({ world });
    world.box.runs.endsAfter = 0;
    await after.wake();
    await cut.catch(() => {});
    expect(world.box.runs.all.filter(({ kind }) => kind === "restore")).toHaveLength(1);
    expect([world.box.home, world.box.gatewayStarts]).toEqual(["known", 2]);
  });

  it("settles a restore whose home was whole when its object was reset: the next snapshot is made", async () => {
    await bot.wake();
    const known = await saved("known");
    await world.box.destroy();
    let written: unknown;
    const start = world.box.start.bind(world.box);
    world.box.start = async (...given) => {
      if (given[1].includes(" restore ")) written = world.storage.get("run/agent");
      await start(...given);
    };
    await bot.wake();
    world.storage.put("run/agent", written); // as it stood when the object was reset
    for (const key of world.stored.keys()) if (key.startsWith("ended-run/")) world.stored.delete(key);
    const after = aBot({ world });
    await after.starter.ensureReady("cron");
    expect([after.memory.report(true).run, world.box.gatewayStarts]).toEqual([null, 2]);
    expect(world.box.runs.all.at(-1)?.flags.get("--snapshot")).toBe(known);
    world.box.home = "known, and more";
    expect(await after.memory.save("due")).toMatchObject({ saved: true, outcome: "promoted" });
  });
});
