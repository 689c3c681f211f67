/** A bot that sleeps early, on the whole local system: what keeps it awake, and what wakes it. Minutes of waiting for Hermes' clock. */
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const minute = 60_000;

let local: LocalSystem;
let bot: Bot;

beforeAll(async () => {
  local = await startLocal();
  bot = new Bot(local);
  mustPass(await bot.configured(["set", "talaria:sleepAfter", "20s"]));
});
afterAll(async () => {
  await local.stop();
  expect([await local.processes(), await local.folders()]).toEqual([[], []]);
});

describe("a bot that sleeps early", () => {
  it("does not sleep while a client's run is under way", { timeout: 3 * minute }, async () => {
    const run = bot.chat("FAULT slow 28");
    await pause(22_000);
    await bot.cron();
    expect(await bot.status()).toMatchObject({ state: "ready", activeRuns: 1 });
    expect((await run).status).toBe(200);
  });

  it("runs a job that was scheduled in chat on time, asleep before it and asleep after it", {
    timeout: 10 * minute,
  }, async () => {
    const file = path.join(local.stateDir, "job-ran");
    const inSeconds = 120 + (await lead());
    const chat = await bot.chat(`SCHEDULE ${inSeconds}s RUN date +%s > ${file}; sleep 20; date +%s >> ${file}`);
    expect(chat.text).toContain("job_id");
    await pause(21_000);
    await bot.cron();
    const asleep = await bot.status();
    expect(asleep).toMatchObject({ state: "stopped", desired: "asleep", nextJob: { at: expect.any(String) } });
    expect([await bot.containers(), await bot.gateways()]).toEqual([[], []]);
    expect(await bot.log()).not.toContain("without its mark of a clean shutdown");
    const due = Date.parse(asleep.nextJob?.at ?? "");

    const moves = () => bot.movesSince(new Date(asleep.transitions.at(-1)?.at ?? ""));
    await bot.until("woken", inSeconds + 30, ({ state }) => state === "ready");
    expect(Date.now()).toBeLessThan(due + minute);
    expect((await moves())[1]).toMatch(/^stopped → fresh \| the job ".*" is due at /);
    const ran = async () => (await fs.readFile(file, "utf8").catch(() => "")).trim().split("\n").filter(Boolean);
    for (const deadline = due + 100_000; (await ran()).length < 2 && Date.now() < deadline; await pause(500));
    const [start = Number.NaN, end] = (await ran()).map((seconds) => Number(seconds) * 1000);
    expect(start).toBeGreaterThanOrEqual(due - 1_000);
    expect(start).toBeLessThanOrEqual(due + minute);
    expect(end).toBeGreaterThan(start);

    await bot.until("asleep again", 300, ({ desired, state }) => desired === "asleep" && state === "stopped");
    expect(await bot.containers()).toEqual([]);
    expect((await bot.status()).nextJob).toBeNull();
  });
});

/** How long before a job a bot of this machine is woken, in seconds: twice a start from nothing, at least half a minute. */
async function lead(): Promise<number> {
  await bot.stop();
  const began = Date.now();
  expect((await bot.wake()).status).toBe(200);
  return Math.max(30, Math.ceil((2 * (Date.now() - began)) / 1000));
}
