import { beforeEach, describe, expect, it } from "vitest";
import { aBot } from "./aBot.ts";
import { Ledger } from "./record.ts";

const hour = 3_600_000;

let bot: ReturnType<typeof aBot>;
beforeEach(() => {
  bot = aBot();
});

describe("starting", () => {
  it("goes from nothing to ready and records each move with cause and duration", async () => {
    await bot.wake();
    expect(bot.ledger.current.transitions.map(({ to }) => to)).toEqual(["fresh", "restored", "starting", "ready"]);
    expect(bot.ledger.current.transitions[0]).toMatchObject({ from: "absent", cause: "a test" });
  });

  it("starts one gateway for twenty callers at once (I5)", async () => {
    await Promise.all(Array.from({ length: 20 }, () => bot.starter.ensureReady("a test")));
    expect(bot.box.gatewayStarts).toBe(1);
  });

  it("finds a living gateway again after the object was reset, and starts no second one", async () => {
    await bot.wake();
    await bot.starter.ensureReady("after a reset");
    expect([bot.box.gatewayStarts, bot.box.containerStarts]).toEqual([1, 1]);
  });

  it("never trusts its record over the marker: a container that was replaced is booted anew", async () => {
    await bot.wake();
    await bot.box.destroy();
    await bot.starter.ensureReady("after a loss");
    expect(bot.box.commands.filter((command) => command.includes("first-boot"))).toHaveLength(2);
    expect(bot.ledger.current.transitions.map(({ to }) => to)).toContain("absent");
    expect(bot.box.gatewayStarts).toBe(2);
  });

  it("restarts the gateway alone for a new configuration: the container and its disk stay", async () => {
    await bot.wake();
    await bot.rest.restGateway("a new configuration");
    await bot.starter.ensureReady("a new configuration");
    expect([bot.box.gatewayStarts, bot.box.containerStarts]).toEqual([2, 1]);
    expect(bot.ledger.current.state).toBe("ready");
  });

  it("gives up a new container that runs an old image for one under a new name", async () => {
    bot.box.image = "image-0";
    bot.box.imageOfNewNames = "image-1";
    await bot.wake();
    expect(bot.replaced).toEqual(["image-0"]);
    expect(bot.box.containerStarts).toBe(2);
    expect(bot.ledger.current).toMatchObject({ state: "ready", running: { image: "image-1" } });
  });

  it("does so once in a start, and then says what runs", async () => {
    bot.box.image = "image-0";
    bot.box.imageOfNewNames = "image-0";
    await bot.wake();
    expect(bot.replaced).toHaveLength(1);
    expect(bot.ledger.current).toMatchObject({ state: "ready", running: { image: "image-0", insteadOf: "image-1" } });
  });

  it("never gives up a container whose disk is in use, whatever image it runs", async () => {
    await bot.wake();
    bot.box.image = "image-0";
    await bot.starter.ensureReady("after a rollout that has not reached it");
    expect(bot.replaced).toEqual([]);
    expect(bot.box.containerStarts).toBe(1);
  });

  it("lets a container end that was told to, and starts the gateway in the next one", async () => {
    await bot.wake();
    const { bootId } = bot.ledger.current.running ?? {};
    bot.box.endsAfterLooks = 5;
    await bot.starter.ensureReady("a request that met the drain");
    expect([bot.box.containerStarts, bot.box.gatewayStarts]).toEqual([2, 2]);
    expect(bot.ledger.current).toMatchObject({ state: "ready", failures: { count: 0 } });
    expect(bot.ledger.current.running?.bootId).not.toBe(bootId);
  });

  it("never uses a process id twice", async () => {
    await bot.wake();
    const first = bot.ledger.current.running?.processId;
    bot.box.gatewayAlive = false;
    await bot.starter.ensureReady("again");
    expect(bot.ledger.current.running?.processId).not.toBe(first);
  });

  it("backs off after failures, then gives up and tells why, until an operator's wake", async () => {
    bot.box.gatewayFails = { exitCode: 1, message: "no such model" };
    await expect(bot.starter.ensureReady("a chat")).rejects.toMatchObject({ code: "startFailed" });
    await expect(bot.starter.ensureReady("a chat")).rejects.toThrow(/no such model/);
    expect(bot.box.gatewayStarts).toBe(1);
    for (let failure = 2; failure <= 5; failure++) {
      bot.clock.now += 200_000;
      await expect(bot.starter.ensureReady("cron")).rejects.toThrow();
    }
    bot.clock.now += 200_000;
    await expect(bot.starter.ensureReady("cron")).rejects.toMatchObject({ code: "gaveUp", status: 503 });
    expect(bot.ledger.current).toMatchObject({ state: "failed", lastError: { code: "gaveUp" } });
    bot.box.gatewayFails = undefined;
    await bot.starter.ensureReady("an operator's wake", { force: true });
    expect(bot.ledger.current).toMatchObject({ state: "ready", lastError: null, failures: { count: 0 } });
  });

  it("names the image when no container comes up", async () => {
    bot.box.cannotStart = "Container is starting. Please retry in a moment.";
    await expect(bot.starter.ensureReady("a chat")).rejects.toThrow(/no container came up from the image image-1/);
    expect(bot.ledger.current).toMatchObject({ state: "failed", lastError: { code: "startFailed" } });
  });

  it("gives up at once on what no further try mends", async () => {
    bot.box.gatewayFails = { exitCode: 78, message: "refused" };
    await expect(bot.starter.ensureReady("a chat")).rejects.toMatchObject({ code: "gaveUp" });
    bot.clock.now += 200_000;
    await expect(bot.starter.ensureReady("cron")).rejects.toThrow(/refused/);
    expect(bot.box.gatewayStarts).toBe(1);
  });

  it("ends a gateway that hangs, and starts another", async () => {
    await bot.wake();
    bot.box.healthy = undefined;
    await expect(bot.starter.ensureReady("cron")).rejects.toThrow(/not ready after 60 seconds/);
    expect(bot.box.commands).toContain("kill -KILL 42");
    bot.clock.now += 5_000;
    await bot.starter.ensureReady("alarm");
    expect([bot.ledger.current.state, bot.box.gatewayStarts]).toEqual(["ready", 2]);
  });

  it("goes on waiting for the gateway that was there first when a second one is refused", async () => {
    bot.box.gatewayFails = { exitCode: 73, message: "a gateway already runs" };
    const starting = bot.starter.ensureReady("a chat");
    bot.box.healthyAfterPolls = 3;
    await starting;
    expect(bot.ledger.current.state).toBe("ready");
  });

  it("notices at once when the container ends while the gateway starts", async () => {
    bot.box.losesProcesses = true;
    await expect(bot.starter.ensureReady("a chat")).rejects.toThrow(/the container ended/);
  });

  it("survives a reset of its object half-way: the stored record leads on", async () => {
    await bot.wake();
    const again = new Ledger(bot.storage, () => bot.clock.now, { moved: () => {}, idled: () => {} });
    expect(again.current).toMatchObject({ state: "ready", desired: "running" });
  });
});

describe("the use of a bot", () => {
  it("is told of after a gap in which it might have slept, and of no shorter one", async () => {
    await bot.wake();
    for (const minutes of [2, 30, 4]) {
      bot.clock.now += minutes * 60_000;
      bot.ledger.used();
    }
    expect(bot.world.gaps).toMatchObject([{ seconds: 30 * 60 }]);
  });
});

describe("watching", () => {
  it("brings back a killed gateway and a killed container", async () => {
    await bot.wake();
    bot.box.gatewayAlive = false;
    bot.box.healthy = undefined;
    await bot.watch.look("cron");
    expect(bot.ledger.current.state).toBe("ready");
    const lost = bot.ledger.current.running?.bootId;
    await bot.box.destroy();
    await bot.watch.look("cron");
    expect(bot.ledger.current.running?.bootId).not.toBe(lost);
    expect([bot.ledger.current.state, bot.box.gatewayStarts, bot.box.containerStarts]).toEqual(["ready", 3, 2]);
  });

  it("starts one program in the container for a look at a bot that is well, which tells the next job too", async () => {
    await bot.wake();
    bot.box.nextJob = { id: "1", name: "morning mail", at: "2030-01-01T00:00:00.000Z" };
    const before = bot.box.commands.length;
    await bot.watch.look("alarm");
    expect(bot.box.commands.slice(before)).toEqual(["talaria-state vitals --lines 300"]);
    expect(bot.ledger.current.nextJob?.name).toBe("morning mail");
    bot.box.vitals = { next: null, scheduleProblem: "jobs.json is not JSON" };
    await bot.watch.look("alarm");
    expect(bot.ledger.current.nextJob?.name).toBe("morning mail");
  });

  it("looks anew for a request that was cut while a look was past the gateway", async () => {
    await bot.wake();
    const looked = bot.watch.look("alarm");
    const isPast = () => bot.box.commands.some((command) => command.startsWith("talaria-state vitals"));
    while (!isPast()) await Promise.resolve();
    bot.box.gatewayAlive = false;
    bot.box.healthy = undefined;
    await Promise.all([bot.watch.lookAnew("a client's request was cut"), looked]);
    expect([bot.ledger.current.state, bot.box.gatewayStarts]).toEqual(["ready", 2]);
  });

  it("keeps its hands off while a stop is under way", async () => {
    await bot.wake();
    const stops = [bot.rest.restGateway("a new configuration"), bot.rest.stop("running", "a new image")];
    await bot.watch.look("alarm");
    await Promise.all(stops);
    expect([bot.box.gatewayStarts, bot.ledger.current.state]).toEqual([1, "stopped"]);
  });

  it("does not put a bot to sleep while a scheduled job runs", async () => {
    await bot.wake();
    bot.clock.now += 2 * hour;
    bot.box.jobRuns = true;
    await bot.watch.look("alarm");
    expect(bot.ledger.current.state).toBe("ready");
    bot.box.jobRuns = false;
    await bot.watch.look("alarm");
    expect(bot.ledger.current.desired).toBe("asleep");
  });

  it("leaves a bot that was stopped on purpose alone, and never touches its container", async () => {
    await bot.wake();
    await bot.rest.stop("stopped", "an operator's stop");
    const before = bot.box.commands.length;
    await bot.watch.look("cron");
    expect(bot.ledger.current).toMatchObject({ state: "stopped", desired: "stopped" });
    expect(bot.box.commands).toHaveLength(before);
    expect(bot.box.running).toBe(false);
  });

  it("puts an idle bot to sleep after draining it, and not while Hermes is busy", async () => {
    await bot.wake();
    bot.clock.now += 2 * hour;
    bot.box.healthy = { gateway_state: "running", gateway_busy: true };
    await bot.watch.look("alarm");
    expect(bot.ledger.current.state).toBe("ready");
    bot.box.healthy = { gateway_state: "running", gateway_busy: false };
    await bot.watch.look("alarm");
    expect(bot.ledger.current).toMatchObject({ state: "stopped", desired: "asleep" });
    expect(bot.box.running).toBe(false);
    expect(bot.box.commands).toContain("kill -TERM 42");
  });

  it("sets an alarm for the next job before it sleeps, and wakes in time", async () => {
    await bot.wake();
    const at = new Date(bot.clock.now + 6 * hour).toISOString();
    bot.box.nextJob = { id: "1", name: "morning mail", at };
    bot.clock.now += 2 * hour;
    await bot.watch.look("alarm");
    expect(bot.ledger.current).toMatchObject({ desired: "asleep", nextJob: { name: "morning mail", at } });
    const alarm = bot.alarms.at(-1) ?? 0;
    expect(Date.parse(at) - alarm).toBeGreaterThanOrEqual(30_000);
    bot.clock.now = alarm;
    await bot.watch.look("alarm");
    expect(bot.ledger.current.state).toBe("ready");
    await bot.watch.look("alarm");
    expect(bot.ledger.current.state).toBe("ready");
  });

  it("never sleeps when told so", async () => {
    const always = aBot({ sleepAfterSeconds: null });
    await always.wake();
    always.clock.now += 1000 * hour;
    await always.watch.look("alarm");
    expect(always.ledger.current.state).toBe("ready");
  });

  it("finishes a stop that was cut short", async () => {
    await bot.wake();
    bot.ledger.update({ desired: "stopped" });
    await bot.watch.look("alarm");
    expect([bot.box.running, bot.ledger.current.state]).toEqual([false, "stopped"]);
  });
});
