import { describe, expect, it } from "vitest";
import { aBot, World } from "./aBot.ts";

const hour = 3_600_000;

/** A bot that was up, whose gateway then ended, after the look that finds it. */
async function afterAnEnd(
  restart: NonNullable<Parameters<typeof aBot>[0]>["restart"],
  exitCode: number,
  clean = false,
) {
  const bot = aBot({ sleepAfterSeconds: null, restart });
  await bot.wake();
  bot.box.ends(exitCode, { clean });
  const at = bot.clock.now;
  await bot.watch.look("cron");
  return { ...bot, endedAt: at };
}

describe("a gateway that ended by itself", () => {
  it("is started again after the delay, in the same container", async () => {
    const { box, ledger, clock, endedAt } = await afterAnEnd({ delaySeconds: 30 }, 1);
    expect([box.gatewayStarts, box.containerStarts, ledger.current.state]).toEqual([2, 1, "ready"]);
    expect(clock.now - endedAt).toBeGreaterThanOrEqual(30_000);
  });

  it("is not ready while its next start waits: a client is not sent to what is gone", async () => {
    const bot = aBot({ sleepAfterSeconds: null });
    await bot.wake();
    bot.box.ends(1);
    const before = bot.clock.now;
    await bot.watch.look("cron");
    const [gone, started] = bot.ledger.current.transitions.slice(-3);
    expect(Date.parse(started?.at ?? "") - Date.parse(gone?.at ?? "")).toBeGreaterThanOrEqual(5_000);
    expect(Date.parse(gone?.at ?? "") - before).toBeLessThan(5_000);
    expect(bot.ledger.current.transitions.at(-3)).toMatchObject({
      to: "restored",
      cause: expect.stringContaining("is gone"),
    });
  });

  it("stays down where the stack says never: looks, hours and chats do not start it, and it says why", async () => {
    const { box, ledger, watch, starter, clock, alarms, world, settle } = await afterAnEnd({ policy: "never" }, 1);
    await settle();
    expect(world.told.map(({ text }) => text).join()).toContain("The bot stays down.");
    expect(box.gatewayStarts).toBe(1);
    expect(ledger.current).toMatchObject({ state: "failed", lastError: { code: "staysDown" } });
    expect(ledger.current.lastError?.message).toBe(
      "The gateway ended (exit code 1), and talaria:restart.policy is never.",
    );
    expect(alarms.every((at) => Number.isFinite(at))).toBe(true);
    clock.now += 3 * hour;
    await watch.look("cron");
    await expect(starter.ensureReady("a chat")).rejects.toMatchObject({ code: "staysDown" });
    expect(box.gatewayStarts).toBe(1);
  });

  it("comes back when an operator wakes it, and ends no better the next time", async () => {
    const { box, ledger, wake, watch } = await afterAnEnd({ policy: "never" }, 0);
    await wake();
    expect([box.gatewayStarts, ledger.current.state, ledger.current.lastError]).toEqual([2, "ready", null]);
    box.ends(0);
    await watch.look("cron");
    expect(ledger.current.state).toBe("failed");
  });

  it("stays down on-failure only where it ended well", async () => {
    expect((await afterAnEnd({ policy: "on-failure" }, 1)).ledger.current.state).toBe("ready");
    expect((await afterAnEnd({ policy: "on-failure" }, 0)).ledger.current.state).toBe("failed");
    expect((await afterAnEnd({ policy: "on-failure" }, 1, true)).ledger.current.state).toBe("failed");
  });

  it("is started again at once where Hermes asks for it, whatever the stack says", async () => {
    const { box, clock, endedAt } = await afterAnEnd({ policy: "never", delaySeconds: 300 }, 75);
    expect(box.gatewayStarts).toBe(2);
    expect(clock.now - endedAt).toBeLessThan(300_000);
  });

  it("is given up at the limit, and tried again after an hour", async () => {
    const { box, ledger, watch, clock } = await afterAnEnd({ limit: 1 }, 1);
    box.ends(1);
    await watch.look("cron");
    expect(ledger.current).toMatchObject({ state: "failed", lastError: { code: "gaveUp" } });
    expect(ledger.current.lastError?.message).toContain("ended 2 times within an hour");
    clock.now += hour + 1;
    await watch.look("cron");
    expect([box.gatewayStarts, ledger.current.state]).toEqual([3, "ready"]);
  });
});

describe("a container that is gone", () => {
  it("is started again, whatever the stack says of its gateway", async () => {
    const bot = aBot({ sleepAfterSeconds: null, restart: { policy: "never" } });
    await bot.wake();
    await bot.box.destroy();
    await bot.watch.look("cron");
    expect([bot.box.containerStarts, bot.ledger.current.state]).toEqual([2, "ready"]);
  });
});

describe("a gateway that ends while it starts", () => {
  it("is tried once where the stack says never", async () => {
    const world = new World();
    world.box.gatewayFails = { exitCode: 1, message: "no" };
    const bot = aBot({ world, restart: { policy: "never" } });
    await expect(bot.wake()).rejects.toMatchObject({ code: "staysDown" });
    expect(bot.ledger.current.lastError?.message).toContain(
      "talaria:restart.policy is never. the gateway ended with exit code 1",
    );
    bot.clock.now += 3 * hour;
    await bot.watch.look("cron");
    expect(bot.box.gatewayStarts).toBe(1);
  });
});
