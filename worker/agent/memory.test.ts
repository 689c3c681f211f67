/** How the bot's life and its memory meet: stops, sleep, upgrades, containers that end by themselves. */
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

describe("a stop", () => {
  it("saves what happened until the gateway's end, and the next start knows it", async () => {
    expect(await bot.rest.stop("stopped", "an operator's stop")).toEqual({ unsaved: null });
    expect([world.box.running, homes()]).toEqual([false, ["what it learned"]]);
    const [term, made] = ["kill -TERM 42", world.box.commands.find((one) => one.includes("state snapshot")) ?? ""];
    expect(world.box.commands.indexOf(term)).toBeLessThan(world.box.commands.indexOf(made));
    await bot.wake();
    expect(world.box.home).toBe("what it learned");
  });

  it("is not held up for ever by a repository that cannot be reached, and says what is lost", async () => {
    world.repository.problem = "repository_unreachable";
    const began = bot.clock.now;
    const { unsaved } = await bot.rest.stop("stopped", "an operator's stop");
    expect(unsaved).toContain("it is repository_unreachable");
    expect(bot.clock.now - began).toBeLessThan(120_000);
    expect([world.box.running, bot.ledger.current.state]).toEqual([false, "stopped"]);
    expect(bot.logged.join("\n")).toContain("the bot ends with changes that are not saved");
  });

  it("is not held up for ever by a snapshot that never ends either", async () => {
    world.box.runs.endsAfter = Number.POSITIVE_INFINITY;
    const { unsaved } = await bot.rest.stop("stopped", "an operator's stop");
    expect(unsaved).toContain("took longer than 10 minutes");
    expect(world.box.running).toBe(false);
  });
});

describe("sleep", () => {
  it("does not come while the last change is not saved; nothing is lost, and the gateway goes on", async () => {
    bot.clock.now += 2 * hour;
    world.repository.problem = "repository_unreachable";
    await bot.watch.look("alarm");
    await bot.settle();
    expect([bot.ledger.current.state, bot.ledger.current.desired, world.box.running]).toEqual([
      "ready",
      "running",
      true,
    ]);
    expect(world.box.gatewayStarts).toBe(1);
    const attempts = world.box.runs.all.length;
    await bot.watch.look("alarm");
    expect(world.box.runs.all).toHaveLength(attempts);
    world.repository.problem = undefined;
    bot.clock.now += 60_000 * 30;
    await bot.watch.look("alarm");
    expect(bot.ledger.current).toMatchObject({ state: "stopped", desired: "asleep" });
    expect(homes().at(-1)).toBe("what it learned");
  });

  it("is called off when the last snapshot fails after the drain: the gateway starts again over the same home", async () => {
    bot.clock.now += 2 * hour;
    await bot.memory.save("due");
    const kill = world.box.run.bind(world.box);
    world.box.run = async (command) => {
      if (command.startsWith("kill -TERM")) {
        world.box.home += ", and its last words";
        world.repository.problem = "repository_unreachable";
      }
      return kill(command);
    };
    await bot.watch.look("alarm");
    expect([world.box.running, bot.ledger.current.state]).toEqual([true, "restored"]);
    await bot.watch.look("alarm");
    expect([world.box.home, bot.ledger.current.state]).toEqual(["what it learned, and its last words", "ready"]);
  });
});

describe("a snapshot that gives way", () => {
  const priorities = () => world.box.runs.all.map(({ flags }) => flags.get("--priority") ?? "low");

  it("is made once more without giving way where it got no further, and so is each after a failure", async () => {
    world.repository.problem = "no_progress";
    const start = world.box.start.bind(world.box);
    world.box.start = async (id, command, env) => {
      if (command.includes("--priority normal")) world.repository.problem = undefined;
      return start(id, command, env);
    };
    expect(await bot.memory.save("operator")).toMatchObject({ saved: true });
    expect(priorities()).toEqual(["low", "normal"]);
    world.box.start = start;
    world.repository.problem = "disk_full";
    world.box.home += ", and more";
    await bot.memory.save("due");
    await bot.memory.save("due");
    expect(priorities()).toEqual(["low", "normal", "low", "normal"]);
  });
});

describe("an upgrade", () => {
  it("is preceded by a snapshot that carries both versions, also where nothing has changed", async () => {
    await bot.memory.save("due");
    const tags = { "upgrade-from": "image-1", "upgrade-to": "it's image-2" };
    await bot.rest.stop("running", "converge: the new image", { reason: "upgrade", unsaved: "refuse", tags });
    expect(world.box.commands.join("\n")).toContain(
      "--reason upgrade --tag 'upgrade-from=image-1' --tag 'upgrade-to=its image-2'",
    );
    const { current, snapshots } = await bot.memory.snapshots();
    const made = snapshots.filter(({ reason }) => reason === "upgrade");
    expect(made).toMatchObject([{ id: current, versions: { hermes: "0.1", image: "image-1" }, tags }]);
  });

  it("is refused while the memory cannot be saved: the old container goes on", async () => {
    world.repository.problem = "disk_full";
    const upgrade = bot.rest.stop("running", "converge: the new image", { reason: "upgrade", unsaved: "refuse" });
    await expect(upgrade).rejects.toMatchObject({ code: "unsaved", status: 409 });
    expect([world.box.running, bot.ledger.current.state, world.box.gatewayAlive]).toEqual([true, "ready", true]);
  });
});

describe("a container that fails again and again", () => {
  it("is saved before it is given up, and kept a while where that fails", async () => {
    world.box.gatewayFails = { exitCode: 1, message: "no" };
    world.box.gatewayAlive = false;
    world.repository.problem = "disk_full";
    const fail = async () => {
      bot.clock.now += 200_000;
      await expect(bot.starter.ensureReady("cron")).rejects.toThrow();
    };
    for (let failure = 1; failure <= 3; failure++) await fail();
    expect([world.box.containerStarts, world.box.home]).toEqual([1, "what it learned"]);
    world.repository.problem = undefined;
    await fail();
    expect([world.box.containerStarts, homes()]).toEqual([2, ["what it learned"]]);
    expect(world.box.home).toBe("what it learned");
  });
});

describe("a container that the platform tells to end", () => {
  it("is saved once more and left alone until it is gone; then the next one knows everything", async () => {
    await bot.ending.begin();
    expect(bot.memory.isSaving).toBe(true);
    await bot.settle();
    expect([homes(), bot.memory.isSaving]).toEqual([["what it learned"], false]);
    world.box.gatewayAlive = false;
    world.box.healthy = undefined;
    await bot.watch.look("cron");
    expect([world.box.gatewayStarts, bot.ledger.current.state]).toEqual([1, "ready"]);
    await world.box.destroy();
    await bot.watch.look("alarm");
    expect([world.box.home, bot.ledger.current.state]).toEqual(["what it learned", "ready"]);
  });

  it("is not waited for any more once it has ended, though another one runs in its place", async () => {
    await bot.ending.begin();
    await bot.settle();
    await world.box.destroy();
    await world.box.run("talaria-state runs"); // a question that was on its way: a fresh container answers it
    bot.ending.over();
    const began = bot.clock.now;
    await bot.wake();
    expect(bot.clock.now - began).toBeLessThan(10_000); // of the bot's own clock
    expect([world.box.home, bot.ledger.current.state]).toEqual(["what it learned", "ready"]);
  });

  it("is waited for by a stop, which neither drains nor saves what ends by itself", async () => {
    await bot.ending.begin();
    await bot.settle();
    world.box.endsAfterLooks = 3;
    const before = world.box.commands.length;
    await bot.rest.stop("running", "converge: the new image", { reason: "upgrade", unsaved: "refuse" });
    expect(world.box.commands.slice(before)).toEqual([]);
    expect([world.box.running, bot.ledger.current.running]).toEqual([false, null]);
  });

  it("makes the snapshot of an upgrade where another image is declared", async () => {
    const { running } = bot.ledger.current;
    bot.ledger.update({ running: running && { ...running, image: "image-0" } });
    await bot.ending.begin();
    await bot.settle();
    const { current, snapshots } = await bot.memory.snapshots();
    const tags = { "upgrade-from": "image-0", "upgrade-to": "image-1" };
    expect(snapshots).toMatchObject([{ id: current, reason: "upgrade", tags }]);
  });
});
