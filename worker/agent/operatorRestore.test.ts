/** What an operator does to the memory of a bot: a restore, a fresh start, a rollback of an upgrade. */
import { beforeEach, describe, expect, it } from "vitest";
import { aBot, World } from "./aBot.ts";

const hour = 3_600_000;

let world: World;
let bot: ReturnType<typeof aBot>;
beforeEach(async () => {
  world = new World();
  bot = aBot({ world });
  await bot.wake();
  world.box.home = "what it learned";
});

const homes = () => [...world.repository.homes.values()];

describe("an operator's restore", () => {
  /** Two snapshots, the second one promoted. */
  async function history() {
    const first = (await bot.memory.save("operator")).snapshot ?? "";
    world.box.home = "what it learned, and more";
    const second = (await bot.memory.save("operator")).snapshot ?? "";
    return { first, second };
  }

  async function restore(id: string, force = false) {
    const [record] = await bot.memory.find(id);
    if (record === undefined) throw new Error("no such snapshot");
    const { run } = bot.rollback.begin(record, { force });
    await bot.settle();
    return bot.rollback.report(run);
  }

  it("saves what is, goes back, and can go forward again to any snapshot", async () => {
    const { first, second } = await history();
    world.box.home = "what it learned, and more, and most";
    const report = await restore(first);
    expect(world.box.home).toBe("what it learned");
    expect(report).toMatchObject({ state: "ended", result: { outcome: "done", after: { id: first }, unsaved: null } });
    const { snapshots } = await bot.memory.snapshots();
    const saved = snapshots.find(({ reason }) => reason === "restore");
    expect(report?.result).toMatchObject({ before: { id: saved?.id } });
    expect(JSON.stringify([report, snapshots])).not.toContain('"copy"');
    await restore(second.slice(0, 8));
    expect(world.box.home).toBe("what it learned, and more");
    await restore(saved?.id ?? "");
    expect(world.box.home).toBe("what it learned, and more, and most");
    expect(bot.ledger.current.state).toBe("ready");
  });

  it("changes nothing where the present cannot be saved, unless it is told to", async () => {
    const { first } = await history();
    world.box.home = "unsaved";
    world.repository.problem = "repository_unreachable";
    expect(await restore(first)).toMatchObject({ result: { outcome: "failed" } });
    expect([world.box.home, world.box.running]).toEqual(["unsaved", true]);
    const forced = restore(first, true);
    world.bucket.fails = () => {
      world.repository.problem = undefined; // reachable again, once the home is given up
      return false;
    };
    world.bucket.fails("");
    expect(await forced).toMatchObject({ result: { outcome: "done" } });
    expect(world.box.home).toBe("what it learned");
  });

  it("goes on after a reset of its object, between any two steps", async () => {
    const { first } = await history();
    for (const reset of ["state snapshot", "kill -TERM", "state restore"]) {
      const [record] = await bot.memory.find(first);
      if (record === undefined) throw new Error("no such snapshot");
      world.box.home = `before ${reset}, and long enough not to count as shrunk`;
      const run = world.box.run.bind(world.box);
      const start = world.box.start.bind(world.box);
      let isCut = false;
      const cutAt = async (command: string) => {
        isCut ||= command.includes(reset);
        if (isCut) await new Promise(() => {}); // what an object awaits when it is reset never comes
      };
      world.box.run = async (command) => {
        await cutAt(command);
        return run(command);
      };
      world.box.start = async (id, command, env) => {
        await cutAt(command);
        return start(id, command, env);
      };
      const operation = bot.rollback.begin(record, { force: false });
      while (!isCut) await Promise.resolve();
      world.box.run = run;
      world.box.start = start;
      bot = aBot({ world });
      bot.rollback.resume();
      await bot.settle();
      expect(await bot.rollback.report(operation.run)).toMatchObject({ result: { outcome: "done" } });
      expect([reset, world.box.home, bot.ledger.current.state]).toEqual([reset, "what it learned", "ready"]);
      bot.clock.now += hour;
    }
  });

  it("says so when the chosen snapshot is bad, and takes the one that was saved just before", async () => {
    const { first } = await history();
    world.repository.broken.add(first);
    const report = await restore(first);
    expect(report?.result).toMatchObject({ outcome: "failed", problem: expect.stringContaining("it is bad") });
    expect(world.box.home).toBe("what it learned, and more");
  });

  it("is refused while another one is under way", async () => {
    const { first } = await history();
    const [record] = await bot.memory.find(first);
    if (record === undefined) throw new Error("no such snapshot");
    bot.rollback.begin(record, { force: false });
    expect(() => bot.rollback.begin(record, { force: false })).toThrow(/is under way/);
    await bot.settle();
  });
});

describe("an operator's fresh start", () => {
  async function startFresh() {
    const { run } = bot.rollback.begin(null, { force: false });
    await bot.settle();
    return bot.rollback.report(run);
  }
  /** The container ends without a word, and the next one is prepared. */
  async function loseContainer() {
    await world.box.destroy();
    await bot.watch.look("alarm");
  }

  it("saves what is, starts with an empty home, and is what the next containers know", async () => {
    const report = await startFresh();
    expect(report).toMatchObject({ kind: "start-fresh", result: { outcome: "done", problem: null, after: null } });
    expect([world.box.home, bot.ledger.current.state]).toEqual(["", "ready"]);
    expect(homes()).toEqual(["what it learned", ""]);
    world.box.home = "new";
    expect(await bot.memory.save("due")).toMatchObject({ saved: true });
    await loseContainer();
    expect(world.box.home).toBe("new");
  });

  it("is the order for one start: after it no container starts empty while there is a snapshot", async () => {
    await startFresh();
    await loseContainer();
    const { current, snapshots } = await bot.memory.snapshots();
    expect(snapshots.find(({ id }) => id === current)).toMatchObject({ reason: "first", verdict: "promoted" });
    expect(world.box.marker).toMatchObject({ phase: "restored", snapshot: current });
  });

  it("keeps the history: the memory before comes back by its id", async () => {
    const { result } = (await startFresh()) ?? {};
    const { before } = result as { before: { id: string } };
    const [record] = await bot.memory.find(before.id);
    bot.rollback.begin(record ?? null, { force: false });
    await bot.settle();
    expect(world.box.home).toBe("what it learned");
  });

  it("stays empty where the container ends before the new memory could be saved", async () => {
    await bot.memory.save("due");
    world.box.gatewayFails = { exitCode: 1, message: "no" };
    expect(await startFresh()).toMatchObject({ result: { outcome: "failed" } });
    world.box.gatewayFails = undefined;
    await world.box.destroy();
    await bot.wake();
    expect([world.box.home, bot.ledger.current.state]).toEqual(["", "ready"]);
  });

  it("is undone by a restore that comes before the start, also of the same memory", async () => {
    const saved = (await bot.memory.save("due")).snapshot ?? "";
    await bot.memory.startFresh();
    const [record] = await bot.memory.find(saved);
    bot.rollback.begin(record ?? null, { force: false });
    await bot.settle();
    expect(world.box.home).toBe("what it learned");
  });

  it("does not come where the present cannot be saved", async () => {
    world.repository.problem = "repository_unreachable";
    expect(await startFresh()).toMatchObject({ result: { outcome: "failed" } });
    expect([world.box.home, world.box.running]).toEqual(["what it learned", true]);
  });
});

describe("an operator's rollback of an upgrade", () => {
  it("puts the state back and leaves the bot stopped, until a wake", async () => {
    const before = (await bot.memory.save("operator")).snapshot ?? "";
    world.box.home = "what the new image made of it";
    const [record] = await bot.memory.find(before);
    const { run } = bot.rollback.begin(record ?? null, { force: false, starts: false });
    await bot.settle();
    expect(await bot.rollback.report(run)).toMatchObject({ result: { outcome: "done", after: { id: before } } });
    expect([bot.ledger.current.desired, world.box.running]).toEqual(["stopped", false]);
    await bot.watch.look("cron");
    expect(world.box.running).toBe(false);
    await bot.wake();
    expect(world.box.home).toBe("what it learned");
  });
});
