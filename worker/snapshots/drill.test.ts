import { beforeEach, describe, expect, it } from "vitest";
import { aBot, World } from "../agent/aBot.ts";
import { alarmsOf, learnedTimes } from "./aMemory.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

let world: World;
let bot: ReturnType<typeof aBot>;
beforeEach(() => {
  world = new World();
  bot = aBot({ world });
});

const saved = (count: number) => learnedTimes(world, bot, count);
const alarms = () => alarmsOf(bot);

describe("the drill", () => {
  const drilled = async () => {
    const { run } = await bot.memory.care.drill();
    await bot.settle();
    return run;
  };

  it("reads the memory in a container of its own, with no right to write, and shows in the status", async () => {
    const [id] = await saved(1);
    const { run } = await bot.memory.care.drill();
    expect(await bot.memory.repositoryAccess(run)).toEqual({
      write: "no",
      indexesUntil: (await bot.memory.theOne(id ?? "")).indexesUntil,
    });
    expect(world.careBoxes.drill.runs.all[0]?.environment).toEqual({ RESTIC_REST_USERNAME: `drill.${run}.drill` });
    await bot.settle();
    expect(world.careBoxes.drill.running).toBe(false);
    expect(bot.memory.report(false).lastDrill).toMatchObject({ passed: true, snapshot: id, memories: 1 });
  });

  it("that fails is an alarm until one passes", async () => {
    const [id = ""] = await saved(1);
    world.repository.broken.add(id);
    await drilled();
    expect(alarms()).toEqual(["drill_failed"]);
    expect(bot.memory.report(true).lastDrill).toMatchObject({ passed: false, problem: { code: "snapshot_damaged" } });
    world.careBoxes.drill.runs.nextDies = true;
    await drilled();
    expect(alarms()).toEqual(["drill_failed"]);
    world.repository.broken.clear();
    await drilled();
    expect(alarms()).toEqual([]);
  });

  it("comes every seven days, also of a bot that sleeps, and again soon after a failure", async () => {
    await saved(1);
    const starts = async (ms: number) => {
      bot.clock.now += ms;
      bot.memory.care.tend();
      await bot.settle();
      return world.careBoxes.drill.containerStarts;
    };
    expect(await starts(0)).toBe(0);
    await bot.rest.stop("asleep", "a test");
    expect(await starts(7 * day - minute)).toBe(0);
    world.careBoxes.drill.cannotStart = "no capacity";
    expect(await starts(minute)).toBe(0);
    expect(alarms()).toEqual(["drill_failed"]);
    world.careBoxes.drill.cannotStart = undefined;
    expect(await starts(30 * minute)).toBe(0);
    expect(await starts(30 * minute)).toBe(1);
    expect(await starts(7 * day - minute)).toBe(1);
    expect(await starts(minute)).toBe(2);
  });

  it("is one at a time with care and comparisons, and wants something to drill", async () => {
    await expect(bot.memory.care.drill()).rejects.toMatchObject({ code: "nothingSaved" });
    await expect(bot.memory.care.care()).rejects.toMatchObject({ code: "nothingSaved" });
    const [from = "", to = ""] = await saved(2);
    await bot.memory.care.drill();
    await expect(bot.memory.care.care()).rejects.toMatchObject({ code: "runUnderWay" });
    await bot.settle();
    const { run } = await bot.memory.care.diff(await bot.memory.theOne(from), await bot.memory.theOne(to));
    expect((await bot.memory.repositoryAccess(run)).write).toBe("no");
    await bot.settle();
    expect(await bot.memory.runReport(run)).toMatchObject({ result: { outcome: "compared" } });
    expect(world.careBoxes.desk.running).toBe(false);
  });
});
