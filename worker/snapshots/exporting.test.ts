import { beforeEach, describe, expect, it } from "vitest";
import { aBot, World } from "../agent/aBot.ts";

let world: World;
let bot: ReturnType<typeof aBot>;
beforeEach(() => {
  world = new World();
  bot = aBot({ world });
});

describe("an export", () => {
  it("is of the memory where no other snapshot is named, at a desk that may only read, and leaves no container", async () => {
    await bot.wake();
    world.box.home = "what it learned";
    const { snapshot } = await bot.memory.save("operator");
    const begun = await bot.memory.care.export();
    expect(begun.snapshot).toBe(snapshot);
    const [run] = world.careBoxes.desk.runs.all;
    expect(run?.environment).toEqual({ RESTIC_REST_USERNAME: `desk.${begun.run}.desk` });
    expect(await bot.memory.repositoryAccess(begun.run)).toMatchObject({ write: "no" });
    await bot.settle();
    expect(await bot.memory.runReport(begun.run)).toMatchObject({ result: { outcome: "sent", snapshot } });
    expect(world.careBoxes.desk.running).toBe(false);
  });

  it("is refused where nothing is saved", async () => {
    await expect(bot.memory.care.export()).rejects.toMatchObject({ code: "nothingSaved" });
  });
});
