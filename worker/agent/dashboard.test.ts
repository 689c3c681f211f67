import { describe, expect, it } from "vitest";
import { aBot } from "./aBot.ts";

const hour = 3_600_000;

describe("Hermes' dashboard and the bot's rest", () => {
  it("keeps the bot awake while a browser has it open, and no longer", async () => {
    const { watch, wake, clock, ledger, dashboard } = aBot();
    await wake();
    dashboard.isOpen = true;
    clock.now += 3 * hour;
    await watch.look("cron");
    expect(ledger.current.state).toBe("ready");
    dashboard.isOpen = false;
    clock.now += hour / 2;
    await watch.look("cron");
    expect(ledger.current.state).toBe("ready");
    clock.now += hour;
    await watch.look("cron");
    expect(ledger.current).toMatchObject({ state: "stopped", desired: "asleep" });
  });

  it("ends before the gateway does, so that nothing writes into a home that is saved", async () => {
    const { rest, wake, dashboard } = aBot();
    await wake();
    await rest.stop("stopped", "a test");
    expect(dashboard.ends).toEqual([true]); // the gateway was alive then
  });
});
