import { beforeEach, describe, expect, it } from "vitest";
import { aBot } from "./aBot.ts";

let bot: ReturnType<typeof aBot>;
beforeEach(() => {
  bot = aBot();
});

const counts = () => ({ containers: bot.box.containerStarts, gateways: bot.box.gatewayStarts });

describe("an operator's restart of the gateway", () => {
  it("gives a new process in the same container, over the same disk, and saves nothing for it", async () => {
    await bot.wake();
    bot.box.home = "what was learned";
    const { bootId, processId } = bot.ledger.current.running ?? {};
    const restarted = await bot.restarts.gateway();
    expect(restarted).toMatchObject({ state: "ready", did: "restarted" });
    expect([counts(), bot.box.home]).toEqual([{ containers: 1, gateways: 2 }, "what was learned"]);
    expect(bot.ledger.current.running).toMatchObject({ bootId });
    expect(bot.ledger.current.running?.processId).not.toBe(processId);
    expect(bot.memory.promoted).toBeNull();
  });

  it("lets Hermes finish what it works on first", async () => {
    await bot.wake();
    bot.box.healthy = { gateway_state: "running", gateway_busy: true };
    const killedBusy: boolean[] = [];
    const { run } = bot.box;
    bot.box.run = async (command: string) => {
      if (command.startsWith("kill -")) killedBusy.push(bot.box.healthy?.gateway_busy === true);
      return run.call(bot.box, command);
    };
    const restarting = bot.restarts.gateway();
    for (let looks = 0; looks < 50; looks++) await Promise.resolve();
    expect(killedBusy).toEqual([]);
    bot.box.healthy = { gateway_state: "running", gateway_busy: false };
    await restarting;
    expect(killedBusy).toEqual([false]);
  });

  it("is joined by whoever asks meanwhile", async () => {
    await bot.wake();
    const [one, two] = await Promise.all([bot.restarts.gateway(), bot.restarts.gateway()]);
    expect(two).toEqual(one);
    expect(counts().gateways).toBe(2);
  });

  it("starts a bot that sleeps, and one that failed", async () => {
    await bot.wake();
    await bot.rest.stop("asleep", "idle");
    expect(await bot.restarts.gateway()).toMatchObject({ state: "ready", did: "started" });
    bot.box.gatewayAlive = false;
    bot.box.gatewayFails = { exitCode: 78, message: "refused" };
    await expect(bot.starter.ensureReady("cron")).rejects.toMatchObject({ code: "gaveUp" });
    bot.box.gatewayFails = undefined;
    expect(await bot.restarts.gateway()).toMatchObject({ state: "ready", did: "restarted" });
  });

  it("leaves a bot that was stopped on purpose, and says what ends that", async () => {
    await bot.wake();
    await bot.rest.stop("stopped", "an operator's stop");
    await expect(bot.restarts.gateway()).rejects.toMatchObject({ code: "stoppedOnPurpose" });
    await expect(bot.restarts.container(true)).rejects.toThrow(/on purpose/);
    expect([bot.box.running, bot.ledger.current.desired]).toEqual([false, "stopped"]);
  });

  it("says so where the gateway cannot be ended, instead of calling the old one new", async () => {
    await bot.wake();
    bot.box.cannotStart = "the server hangs";
    await expect(bot.restarts.gateway()).rejects.toMatchObject({ code: "gatewayStays" });
    expect(bot.box.gatewayAlive).toBe(true);
  });
});

describe("an operator's restart", () => {
  it("gives a new container with the memory of the one before", async () => {
    await bot.wake();
    bot.box.home = "what was learned";
    const { bootId } = bot.ledger.current.running ?? {};
    expect(await bot.restarts.container(false)).toMatchObject({ state: "ready", did: "restarted", unsaved: null });
    expect([counts(), bot.box.home]).toEqual([{ containers: 2, gateways: 2 }, "what was learned"]);
    expect(bot.ledger.current.running?.bootId).not.toBe(bootId);
    expect(bot.ledger.current.desired).toBe("running");
  });

  it("is joined by every restart that is asked for meanwhile", async () => {
    await bot.wake();
    await Promise.all([bot.restarts.container(false), bot.restarts.gateway(), bot.restarts.container(false)]);
    expect(counts()).toEqual({ containers: 2, gateways: 2 });
  });

  it("waits for a restart of the gateway that is under way", async () => {
    await bot.wake();
    const [gateway, container] = await Promise.all([bot.restarts.gateway(), bot.restarts.container(false)]);
    expect([gateway.state, container.state]).toEqual(["ready", "ready"]);
    expect(counts()).toEqual({ containers: 2, gateways: 3 });
  });

  it("does nothing where the memory cannot be saved, unless it is told to, and then says what is lost", async () => {
    await bot.wake();
    bot.box.home = "what was learned";
    bot.repository.problem = "disk_full";
    await expect(bot.restarts.container(false)).rejects.toMatchObject({ code: "unsaved" });
    expect(bot.box.home).toBe("what was learned");
    const { destroy } = bot.box;
    bot.box.destroy = async () => {
      bot.repository.problem = undefined; // a new container has a disk of its own
      return destroy.call(bot.box);
    };
    const { unsaved } = await bot.restarts.container(true);
    expect(unsaved).toMatch(/disk_full/);
    expect([counts().containers, bot.ledger.current.state]).toEqual([2, "ready"]);
  });

  it("tags the snapshot before another image, so that both can go back", async () => {
    bot.box.image = "image-0";
    bot.box.imageOfNewNames = "image-0";
    await bot.wake();
    bot.ledger.update({ running: { ...(bot.ledger.current.running ?? never()), insteadOf: undefined } });
    await bot.restarts.container(false);
    const { snapshots } = await bot.memory.snapshots();
    const tags = { "upgrade-from": "image-0", "upgrade-to": "image-1" };
    expect(snapshots).toContainEqual(expect.objectContaining({ reason: "upgrade", tags }));
  });

  it("leaves a restore that is under way alone", async () => {
    await bot.wake();
    bot.rollback.begin(null, { force: true });
    await expect(bot.restarts.container(false)).rejects.toMatchObject({ code: "runUnderWay" });
    await bot.settle();
  });
});

describe("the Slack manifest", () => {
  it("is unknown before the first start, then kept: it answers without a container", async () => {
    expect(() => bot.manifest.text).toThrow(/not known yet/);
    await bot.wake();
    await bot.settle();
    await bot.rest.stop("asleep", "idle");
    expect(JSON.parse(bot.manifest.text)).toHaveProperty("features");
  });

  it("is asked for once for each version of Hermes", async () => {
    await bot.wake();
    await bot.restarts.container(false);
    await bot.settle();
    const asked = () => bot.box.commands.filter((command) => command.includes("slack manifest")).length;
    expect(asked()).toBe(1);
    await bot.manifest.keep("0.23.0");
    expect(asked()).toBe(2);
  });
});

function never(): never {
  throw new Error("nothing runs");
}
