/**
 * Each cause that an operator is told of, on the whole local system with the real Hermes: one alarm over a webhook, what was tried,
 * health again, a note that it is over. How long each took is printed. Looks come every few seconds here, each minute on a bot that is left alone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningMattermost, startMattermost } from "../local/chat/mattermost.ts";
import { AlarmReceiver, type Received } from "./alarmReceiver.ts";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { Snapshots } from "./snapshots.ts";

const minute = 60_000;

/** So that a test waits for the fault, not for patience; what a bot has by default is in worker/alarms/causes.ts. */
const patience = {
  "holdSeconds.gatewayWedged": 0,
  "holdSeconds.chatDeaf": 3,
  "holdSeconds.jobMissed": 0,
  "holdSeconds.snapshotLate": 0,
  "holdSeconds.modelFailing": 0,
  goneSeconds: 2,
  "limits.jobLateSeconds": 60,
  "limits.errorLines": 0,
};

let receiver: AlarmReceiver;
let mattermost: RunningMattermost;
let local: LocalSystem;
let bot: Bot;
let ticking = true;
let ticker: Promise<void> | undefined;
const holders: ChildProcess[] = [];
const measured: Record<string, { alarm: number; healthy: number; resolved: number }> = {};

beforeAll(async () => {
  [receiver, mattermost] = await Promise.all([AlarmReceiver.start(), startMattermost()]);
  local = await startLocal();
  bot = new Bot(local);
  const plain = {
    ...Object.fromEntries(Object.entries(patience).map(([name, value]) => [`alarms.${name}`, value])),
    "mattermost.url": mattermost.url,
    "mattermost.allowAllUsers": true,
  };
  const secret = { alarmWebhookUrl: receiver.url, mattermostToken: mattermost.token };
  const words = Object.entries(plain).flatMap(([key, value]) => ["--plaintext", `talaria:${key}=${value}`]);
  words.push(...Object.entries(secret).flatMap(([key, value]) => ["--secret", `talaria:${key}=${value}`]));
  mustPass(await bot.configured(["set-all", "--path", ...words]));
  mustPass(await local.talaria(["wake"]));
  ticker = tick();
}, 10 * minute);
afterAll(async () => {
  ticking = false;
  await ticker;
  for (const holder of holders) holder.kill("SIGKILL");
  await local?.stop();
  await Promise.all([mattermost?.close(), receiver?.close()]);
  console.log(["cause, seconds until the alarm, until health, until it was told to be over", ...lines()].join("\n"));
});

/** The platform's clock, faster. */
async function tick(): Promise<void> {
  for (; ticking; await pause(2_000)) await bot.cron().catch(() => {}); // the next one is two seconds away
}

function lines(): string[] {
  const tenths = (ms: number) => (ms / 1000).toFixed(1).padStart(7);
  return Object.entries(measured).map(
    ([code, { alarm, healthy, resolved }]) =>
      `  ${code.padEnd(15)}${tenths(alarm)}${tenths(healthy)}${tenths(resolved)}`,
  );
}

/** From a fault to the alarm, to health, to the note that it is over, which is the answer. `name` is what is measured. */
async function suffers(
  code: string,
  { strike, healthy, name = code }: { strike: () => unknown; healthy: () => Promise<unknown>; name?: string },
): Promise<Received> {
  const before = receiver.notices.length;
  const struck = Date.now();
  await strike();
  const raised = await receiver.got("raised", code, 300, before);
  await healthy();
  const well = Date.now();
  const over = await receiver.got("resolved", code, 120, before);
  expect(raised.next).toContain("./talaria ");
  measured[name] = { alarm: raised.at - struck, healthy: well - struck, resolved: over.at - struck };
  return over;
}

/** It answers, and hears its chat. */
async function answers(): Promise<void> {
  await bot.ready();
  await expect.poll(() => mattermost.listeners(), { timeout: 2 * minute }).toBe(1);
  expect((await bot.chat("are you there?")).text).toContain("echo: are you there?");
}

/** Holds a lock file of the agent's container, as another program there would, until it is told to let go. */
async function holding(file: string): Promise<() => void> {
  const holder = spawn("flock", ["--exclusive", file, "sh", "-c", "echo held; exec sleep 900"], { stdio: "pipe" });
  holders.push(holder);
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const [sleep] = (await fs.readFile(`/proc/${holder.pid}/task/${holder.pid}/children`, "utf8")).trim().split(" ");
  return () => {
    if (sleep) process.kill(Number(sleep), "SIGKILL");
    holder.kill("SIGKILL");
  };
}

const folder = async (variable: string, ...names: string[]) =>
  path.join((await bot.variable(await bot.gateway(), variable)) ?? "", ...names);

describe("a bot that is watched", { timeout: 10 * minute }, () => {
  let snapshotsAreHeld: () => void;
  let heldAt: number;

  it("is told of as wrong in nothing while it is well", async () => {
    await answers();
    mattermost.say("hello over chat");
    await expect
      .poll(() => mattermost.posts.map(({ message }) => message).join(), { timeout: minute })
      .toContain("hello over chat");
    await pause(5_000);
    expect(receiver.told()).toEqual([]);
  });

  it("comes back when its gateway is killed", async () => {
    const strike = async () => process.kill(await bot.gateway(), "SIGKILL");
    const { tried } = await suffers("gatewayDown", { strike, healthy: answers });
    expect(tried.at(-1)?.outcome).toContain("ready after");
  });

  it("is brought back into a new container, from its memory, when its own is gone for good with its disk", async () => {
    const strike = async () => {
      const [container = 0] = await bot.containers();
      process.kill(-container, "SIGKILL");
    };
    const { tried } = await suffers("gatewayDown", { strike, healthy: answers, name: "containerGone" });
    expect(tried.at(-1)?.outcome).toContain("ready after");
  });

  it("is saved once more, and then no longer, while all the rest happens", async () => {
    await new Snapshots(local).take();
    snapshotsAreHeld = await holding(await folder("TALARIA_RUN", "runs", "lock"));
    heldAt = Date.now();
  });

  it("gets a new gateway when it no longer hears a chat that it calls connected", async () => {
    const { about, tried } = await suffers("chatDeaf", {
      strike: () => mattermost.goDeaf("dropping"),
      healthy: answers,
    });
    expect([about, tried.at(-1)?.what, tried.at(-1)?.outcome]).toEqual([
      "mattermost",
      "a new gateway",
      expect.stringContaining("ready after"),
    ]);
  });

  it("gets a new gateway when its own hangs", async () => {
    const strike = async () => process.kill(await bot.gateway(), "SIGSTOP");
    const { tried } = await suffers("gatewayWedged", { strike, healthy: answers });
    expect(tried.at(-1)?.outcome).toContain("ready after");
  });

  it("tells that the model fails, and that it answers again", async () => {
    const strike = async () => {
      for (let n = 0; n < 3; n++) await bot.chat("FAULT refused-key");
    };
    await suffers("modelFailing", { strike, healthy: answers });
  });

  it("tells of a job that did not run, and that it ran", async () => {
    const letGo = await holding(await folder("HERMES_HOME", "cron", ".tick.lock"));
    const due = new Date(Date.now() - 10 * minute).toISOString();
    const schedule = { kind: "interval", minutes: 1440, display: "daily" };
    const job = { id: "a1b2c3d4e5f6", name: "report", prompt: "the daily report", schedule, schedule_display: "daily" };
    const jobs = [{ ...job, enabled: true, state: "scheduled", next_run_at: due, deliver: "local" }];
    const file = await folder("HERMES_HOME", "cron", "jobs.json");
    const ran = async () => (await fs.readFile(file, "utf8")).includes('"last_run_at"');
    await suffers("jobMissed", {
      strike: () => fs.writeFile(file, JSON.stringify({ jobs })),
      healthy: async () => {
        letGo();
        await expect.poll(ran, { timeout: 3 * minute, interval: 250 }).toBe(true);
      },
    });
  });

  it("tells that its memory could not be proved, until it is", async () => {
    const drill = () => local.talaria(["drill"]);
    const drills = () => bot.processesWith("talaria-state drill");
    const strike = async () => {
      const ended = drill();
      await expect.poll(drills, { timeout: minute, interval: 50 }).not.toEqual([]);
      for (const pid of await drills()) process.kill(pid, "SIGKILL");
      expect((await ended).code).not.toBe(0);
    };
    await suffers("drillFailed", { strike, healthy: async () => mustPass(await drill()) });
  });

  it("tells that nothing is saved, until a snapshot is", async () => {
    // It is late after three intervals, of which one is a minute from here on, and five before.
    mustPass(await bot.configured(["set", "--path", "talaria:snapshots.intervalMinutes", "1"]));
    const raised = await receiver.got("raised", "snapshotLate", 300);
    snapshotsAreHeld();
    mustPass(await local.talaria(["snapshot"]));
    const healthy = Date.now() - heldAt;
    const resolved = await receiver.got("resolved", "snapshotLate", 60);
    measured.snapshotLate = { alarm: raised.at - heldAt, healthy, resolved: resolved.at - heldAt };
  });

  it("has told of each once, and of nothing else", () => {
    const causes = ["gatewayDown", "gatewayDown", "chatDeaf mattermost", "gatewayWedged", "modelFailing"];
    const all = [...causes, "jobMissed report", "snapshotLate", "drillFailed"];
    expect(receiver.told().sort()).toEqual(all.flatMap((cause) => [`raised ${cause}`, `resolved ${cause}`]).sort());
  });
});
