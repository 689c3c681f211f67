/** A bot whose gateway cannot start, on the whole local system, and its operator who has only Slack. Minutes of waiting: the pauses between tries are real. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { OperatorInSlack } from "./operatorInSlack.ts";

const minute = 60_000;

let local: LocalSystem;
let bot: Bot;
let operator: OperatorInSlack;

beforeAll(async () => {
  local = await startLocal();
  bot = new Bot(local);
  operator = await OperatorInSlack.configured(local); // the first `up` below puts it live
});
afterAll(async () => {
  await operator?.slack.close();
  await local.stop();
  expect([await local.processes(), await local.folders()]).toEqual([[], []]);
});

describe("a gateway that cannot start", () => {
  it("is tried with growing pauses, then given up with the reason; mending and a wake end it", {
    timeout: 15 * minute,
  }, async () => {
    expect((await bot.wake()).status).toBe(200);
    const began = new Date();
    const up = await bot.configured(["set", "--path", "talaria:environment.PYTHONHOME", "/nowhere"]);
    expect(up.code).not.toBe(0);
    expect(up.output).toContain("Read `./talaria logs`, mend the cause, then `./talaria wake`.");
    const { state, lastError } = await bot.status();
    expect([state, lastError?.code]).toEqual(["failed", "gaveUp"]);
    expect(lastError?.message).toContain("the gateway ended with exit code 1");
    expect(lastError?.message).toContain("No module named 'encodings'");
    expect((await bot.movesSince(began)).filter((move) => move.startsWith("starting → failed"))).toHaveLength(5);
    const chat = await bot.chat("anyone there?");
    expect([chat.status, JSON.parse(chat.text).error.code]).toEqual([503, "gaveUp"]);
    await operator.type("why");
    await operator.hears(/does not answer.*was given up.*No module named 'encodings'.*talaria wake/);
    await operator.press("wake");
    await operator.hears(/of talaria-local did not work.*the gateway ended with exit code 1/);
    const wake = await local.talaria(["wake"]);
    expect(wake.code).toBe(1);
    expect(wake.stderr).toContain("the gateway ended with exit code 1");

    mustPass(await bot.configured(["rm", "--path", "talaria:environment.PYTHONHOME"]));
    mustPass(await local.talaria(["wake"]));
    expect(await bot.status()).toMatchObject({ state: "ready", lastError: null });
    expect(await bot.gateways()).toHaveLength(1);
  });
});
