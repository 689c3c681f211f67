import { beforeEach, describe, expect, it } from "vitest";
import { aBot, World } from "../agent/aBot.ts";
import { beginImport, type ImportOrdered } from "../agent/importing.ts";

let world: World;
let bot: ReturnType<typeof aBot>;
beforeEach(() => {
  world = new World();
  bot = aBot({ world });
  world.careBoxes.import.runs.sent = { home: "the cat is called Mia", newest: "2030-01-01T00:00:00.000Z" };
});

const begin = (ordered: Partial<ImportOrdered> = {}) => beginImport(bot, { force: false, ...ordered });
const flags = () => Object.fromEntries(world.careBoxes.import.runs.all[0]?.flags ?? []);

/** A bot that knows something, some of it not saved yet. Returns what was saved. */
async function knowing(): Promise<string> {
  await bot.wake();
  world.box.home = "a dog";
  const { snapshot } = await bot.memory.save("operator");
  bot.clock.now += 60_000;
  world.box.home = "a dog called Gus; ";
  return snapshot ?? "";
}

/** Begins and waits for the end; returns the record of what was made. */
async function imported(ordered: Partial<ImportOrdered> = {}) {
  const { run } = await begin(ordered);
  await bot.settle();
  const report = await bot.memory.runReport(run);
  const { snapshot = "none" } = (report?.result ?? {}) as { snapshot?: string };
  return { report, record: (await bot.memory.find(snapshot))[0] };
}

describe("an import", () => {
  it("is refused where the bot knows something and nobody says what becomes of it; nothing is touched", async () => {
    await knowing();
    await expect(begin()).rejects.toMatchObject({ code: "importMode" });
    expect(bot.ledger.current).toMatchObject({ state: "ready", desired: "running" });
    expect(world.careBoxes.import.containerStarts).toBe(0);
  });

  it("needs no word on a bot that knows nothing, and leaves no container", async () => {
    const begun = await begin();
    expect(begun).toMatchObject({ before: null, onto: null });
    expect(flags()).toEqual({ "--run": begun.run });
    await bot.settle();
    expect(world.careBoxes.import.running).toBe(false);
  });

  it("is refused where the bucket holds what no Agent has promoted", async () => {
    world.repository.add("somebody's home");
    await expect(begin({ mode: "replace" })).rejects.toMatchObject({ code: "importStrange" });
  });

  it("stops the bot and saves it first, and is laid over all that it knows", async () => {
    const earlier = await knowing();
    const begun = await begin({ mode: "merge" });
    expect(bot.ledger.current).toMatchObject({ state: "stopped", desired: "stopped" });
    expect(begun.onto).toBe(bot.memory.promoted?.current);
    expect(begun.onto).not.toBe(earlier);
    expect(flags()).toMatchObject({ "--onto": begun.onto });
    expect(flags()).not.toHaveProperty("--after");
  });

  it("does not begin where what the bot knows cannot be saved", async () => {
    await knowing();
    world.repository.problem = "disk_full";
    await expect(begin({ mode: "replace" })).rejects.toMatchObject({ code: "unsaved" });
    expect(bot.ledger.current.desired).toBe("running");
    expect(world.careBoxes.import.containerStarts).toBe(0);
  });

  it("must not be older than what it replaces, unless an operator says so", async () => {
    await knowing();
    world.careBoxes.import.runs.sent.newest = "2026-01-01T00:00:00.000Z";
    const refused = await imported({ mode: "replace" });
    expect(refused.report).toMatchObject({ result: { problem: { code: "import_older" } } });
    expect(refused.record).toBeUndefined();
    const { record } = await imported({ mode: "replace", force: true });
    expect(world.repository.homes.get(record?.id ?? "")).toBe("the cat is called Mia");
  });

  it("becomes the memory by a restore alone", async () => {
    await knowing();
    const { record } = await imported({ mode: "merge" });
    const current = bot.memory.promoted?.current;
    expect(record).toMatchObject({
      reason: "import",
      verdict: "promoted",
      promotion: null,
      versions: { hermes: "0.1" },
    });
    expect(record?.versions).not.toHaveProperty("image");
    expect(current).not.toBe(record?.id);
    await bot.wake();
    expect(world.box.home).toBe("a dog called Gus; ");
    const id = record?.id ?? "";
    bot.rollback.begin(await bot.memory.theOne(id), { force: false });
    await bot.settle();
    expect(bot.memory.promoted?.current).toBe(id);
    expect(world.box.home).toBe("a dog called Gus; the cat is called Mia");
  });

  it("has not ended before its record is there: whoever follows it looks for that", async () => {
    const states: (string | undefined)[] = [];
    const looks: Promise<unknown>[] = [];
    world.bucket.fails = (operation) => {
      const report = bot.memory.runReport(bot.memory.care.current?.run ?? "");
      if (operation.startsWith("put talaria/snapshots/")) looks.push(report.then((told) => states.push(told?.state)));
      return false;
    };
    await imported();
    await Promise.all(looks);
    expect(states).toEqual(["running"]);
  });

  it("is judged as any snapshot is", async () => {
    world.repository.malformed = ".hermes/state.db";
    const { record } = await imported();
    expect(record).toMatchObject({ verdict: "malformed", promotion: null });
  });

  it("may add to the repository, seeing no index that was added since the last promotion, and nobody else may for it", async () => {
    await knowing();
    const { run, before } = await begin({ mode: "merge" });
    const [started] = world.careBoxes.import.runs.all;
    expect(started?.environment).toEqual({ RESTIC_REST_USERNAME: `import.${run}.import` });
    const { indexesUntil } = await bot.memory.theOne(before ?? "");
    expect(await bot.memory.repositoryAccess(run)).toEqual({ write: "yes", indexesUntil });
    await bot.settle();
    expect(await bot.memory.repositoryAccess(run)).toMatchObject({ write: "no" });
  });

  it("waits for a restore and for what is done in another container", async () => {
    await knowing();
    const { run } = await bot.memory.care.drill();
    await expect(begin({ mode: "merge" })).rejects.toMatchObject({ code: "runUnderWay", details: { run } });
    await bot.settle();
    const restore = bot.rollback.begin(await bot.memory.theOne(bot.memory.promoted?.current ?? ""), { force: false });
    await expect(begin({ mode: "merge" })).rejects.toMatchObject({
      code: "runUnderWay",
      details: { run: restore.run },
    });
    await bot.settle();
  });

  it("is gone on with by the object after one that was reset", async () => {
    world.careBoxes.import.runs.endsAfter = 3;
    const { run } = await begin();
    bot = aBot({ world });
    bot.memory.care.tend();
    await bot.settle();
    expect(await bot.memory.runReport(run)).toMatchObject({ state: "ended", result: { outcome: "made" } });
    expect((await bot.memory.snapshots()).snapshots).toHaveLength(1);
  });

  it("raises no alarm where its container does not start: whoever asked hears of it", async () => {
    world.careBoxes.import.cannotStart = "no instance";
    await expect(begin()).rejects.toMatchObject({ code: "careNotStarted" });
    expect(bot.memory.report(false).alarms).toEqual([]);
  });
});
