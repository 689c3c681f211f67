/** The alarms of a bot over a fake box: from the cause, by the looks of `Watch`, to the notice. */
import { describe, expect, it } from "vitest";
import type { AlarmCode } from "../declarationSchema.ts";
import { aBot, World } from "./aBot.ts";
import type { PlatformVitals } from "./vitals.ts";

type Bot = ReturnType<typeof aBot>;

const minute = 60_000;

/** Looks once a minute, so often. */
async function ticks(bot: Bot, count: number, before: (time: number) => void = () => {}): Promise<void> {
  for (let time = 0; time < count; time++) {
    bot.clock.now += minute;
    before(time);
    await bot.watch.look("alarm");
    await bot.settle();
  }
}

async function aHealthyBot(...[options]: Parameters<typeof aBot>): Promise<Bot> {
  const bot = aBot({ sleepAfterSeconds: null, ...options });
  await bot.wake();
  await ticks(bot, 15);
  expect(told(bot)).toEqual([]);
  return bot;
}

const told = ({ world }: Bot) => world.told.map(({ kind, code, about }) => `${kind} ${code}${about && ` ${about}`}`);
const both = (name: string) => [`raised ${name}`, `resolved ${name}`];
const raise = (bot: Bot, code: AlarmCode) => bot.desk.report().current.find((alarm) => alarm.code === code);

function slack(change: Partial<PlatformVitals>): PlatformVitals {
  const live = { state: "connected", error: null, stateSeconds: 9000, hasSocket: true, silentSeconds: 2 };
  return { name: "slack", silenceLimitSeconds: 60, ...live, ...change };
}

/** A number from 0 on, that looks random and is the same in each run. */
function* someNumbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

describe("a healthy bot", () => {
  it.each([1, 2, 3])("raises nothing over 1,000 looks with noise (seed %i)", async (seed) => {
    const world = new World();
    const random = someNumbers(seed);
    const chance = (of: number) => (random.next().value ?? 1) < of;
    let bot = aBot({ world, sleepAfterSeconds: 1800 });
    let wasBroken = false;
    await bot.wake();
    for (let time = 0; time < 1000; time++) {
      world.clock.now += minute;
      const { box } = world;
      box.vitals = {};
      // Single failures, each below its threshold.
      const broken = chance(0.5) ? slack({ hasSocket: false }) : slack({ state: "retrying", stateSeconds: 20 });
      wasBroken = chance(0.2) && !wasBroken; // for less than two minutes
      if (wasBroken) box.vitals = { ...box.vitals, platforms: [broken] };
      if (chance(0.1)) box.vitals = { ...box.vitals, heartbeatSeconds: 100 };
      if (chance(0.1)) box.vitals = { ...box.vitals, errors: { windowSeconds: 900, count: 12, last: "a tool failed" } };
      const ok = !chance(0.2);
      bot.desk.modelAnswered({ ok, status: ok ? 200 : 503, provider: "anthropic", problem: ok ? null : "overloaded" });
      if (!ok) bot.desk.modelAnswered({ ok: true, status: 200, provider: "anthropic", problem: null });
      // What an operator, a client and the platform do.
      const mayRestart = bot.ledger.current.desired !== "stopped";
      if (chance(0.02) && mayRestart) await bot.restarts.gateway();
      if (chance(0.02) && mayRestart) await bot.restarts.container(false);
      if (chance(0.02)) await bot.rest.stop("asleep", "idle");
      if (chance(0.01)) await bot.rest.stop("stopped", "an operator's stop");
      if (chance(0.1)) await bot.wake();
      if (chance(0.03)) bot = aBot({ world, sleepAfterSeconds: 1800 }); // an upload resets the object
      await bot.watch.look("alarm");
      await bot.settle();
    }
    expect(told(bot)).toEqual([]);
    expect(bot.desk.report().past).toEqual([]);
  });

  it("raises nothing of a running one while it sleeps, or was stopped on purpose", async () => {
    const bot = await aHealthyBot();
    for (const desired of ["asleep", "stopped"] as const) {
      await bot.rest.stop(desired, "a test");
      bot.box.vitals = { platforms: [slack({ hasSocket: false })], heartbeatSeconds: 900 };
      await ticks(bot, 20);
    }
    expect(told(bot)).toEqual([]);
  });
});

describe("each cause is one alarm and one note that it is over", () => {
  it("the gateway was killed: told at the look that finds it, and mended by that look", async () => {
    const bot = await aHealthyBot();
    await bot.box.kill();
    await ticks(bot, 1);
    expect(told(bot)).toEqual(["raised gatewayDown"]);
    expect(bot.ledger.current.state).toBe("ready");
    await ticks(bot, 10);
    expect(told(bot)).toEqual(both("gatewayDown"));
    const [past] = bot.desk.report().past;
    expect(past?.tried).toMatchObject([
      { what: "it was started again", outcome: expect.stringMatching(/^ready after/) },
    ]);
    expect(bot.world.told.at(-1)?.text).toMatch(/It lasted .*\n?.*it was started again: ready after/s);
  });

  it("the container vanished", async () => {
    const bot = await aHealthyBot();
    await bot.box.destroy();
    await ticks(bot, 10);
    expect(told(bot)).toEqual(both("gatewayDown"));
  });

  it("a gateway that dies again and again is one alarm, and says how often", async () => {
    const bot = await aHealthyBot();
    await ticks(bot, 9, (time) => {
      if (time % 3 === 0) bot.box.gatewayAlive = false;
      if (time % 3 === 0) bot.box.healthy = undefined;
    });
    await ticks(bot, 10);
    expect(told(bot)).toEqual(both("gatewayDown"));
    expect(bot.desk.report().past).toMatchObject([{ flaps: 2 }]);
  });

  it("the gateway is wedged and answers nothing: it is ended, started again, and told", async () => {
    const bot = await aHealthyBot();
    bot.box.healthy = undefined;
    await ticks(bot, 10);
    expect(told(bot)).toEqual(both("gatewayWedged"));
    expect(bot.box.gatewayStarts).toBe(2);
  });

  it("the gateway's heartbeat stands still: it gets a new process", async () => {
    const bot = await aHealthyBot();
    const starts = bot.box.gatewayStarts;
    await ticks(bot, 12, () => {
      bot.box.vitals = bot.box.gatewayStarts === starts ? { heartbeatSeconds: 400 } : {};
    });
    expect(told(bot)).toEqual(both("gatewayWedged"));
    expect(bot.desk.report().past[0]?.tried).toMatchObject([{ what: "a new gateway" }]);
  });

  it("a chat's socket is deaf", async () => {
    const bot = await aHealthyBot();
    const starts = bot.box.gatewayStarts;
    await ticks(bot, 12, () => {
      const deaf = bot.box.gatewayStarts === starts;
      bot.box.vitals = { platforms: [slack(deaf ? { silentSeconds: 500 } : {})] };
    });
    expect(told(bot)).toEqual(both("chatDeaf slack"));
  });

  it("the model fails", async () => {
    const bot = await aHealthyBot();
    const failed = { ok: false, status: 503, provider: "anthropic", problem: "anthropic is failing (503)." };
    await ticks(bot, 4, () => bot.desk.modelAnswered(failed));
    bot.desk.modelAnswered({ ok: true, status: 200, provider: "anthropic", problem: null });
    await ticks(bot, 2);
    expect(told(bot)).toEqual(both("modelFailing"));
    expect(bot.world.told[0]?.text).toContain("anthropic is failing (503).");
  });

  it("a job did not run", async () => {
    const bot = await aHealthyBot();
    const dueAt = new Date(bot.clock.now).toISOString();
    const job = { id: "1", name: "morning news", dueAt, lateSeconds: 600, lost: false };
    bot.box.vitals = { missedJobs: [job] };
    await ticks(bot, 5);
    bot.box.vitals = {};
    await ticks(bot, 5);
    expect(told(bot)).toEqual(both("jobMissed morning news"));
  });

  it("errors come again and again", async () => {
    const bot = await aHealthyBot();
    bot.box.vitals = { errors: { windowSeconds: 900, count: 80, last: "the tool browser failed" } };
    await ticks(bot, 5);
    bot.box.vitals = {};
    await ticks(bot, 20);
    expect(told(bot)).toEqual(both("errorRate"));
  });

  it("snapshots are late", async () => {
    const bot = await aHealthyBot();
    const learns = () => {
      bot.box.home += ".";
    };
    bot.repository.problem = "restic_failed";
    await ticks(bot, 40, learns);
    bot.repository.problem = undefined;
    await ticks(bot, 40, learns);
    expect(told(bot)).toEqual(both("snapshotLate"));
  });

  it("the bot does not come up any more: one alarm that it is gone, and the way back", async () => {
    const bot = await aHealthyBot();
    bot.box.gatewayFails = { exitCode: 1, message: "no module named hermes" };
    bot.box.gatewayAlive = false;
    bot.box.healthy = undefined;
    await ticks(bot, 30);
    expect(told(bot)).toEqual(["raised gatewayDown", "raised gaveUp"]);
    expect(bot.world.told[1]?.text).toContain("The same image and declaration ran well");
    bot.box.gatewayFails = undefined;
    await bot.wake();
    await ticks(bot, 10);
    expect(told(bot).slice(2).sort()).toEqual(["resolved gatewayDown", "resolved gaveUp"].sort());
  });

  it("the canary's turn fails", async () => {
    const world = new World();
    const here = { choices: [{ message: { content: "here" } }], usage: { total_tokens: 14_200 } };
    world.sings = async () => Response.json(here);
    const bot = await aHealthyBot({ world, alarmPolicy: { canaryMinutes: 30 } });
    world.sings = async () => new Response("overloaded", { status: 503 });
    await ticks(bot, 40);
    expect(told(bot)).toEqual(["raised canaryFailed"]);
    const asked: string[] = [];
    bot.world.sings = async (method, path, _body, session) => {
      asked.push(
        `${method} ${path.replace(/\d{5,}/, "N")}${session === undefined ? "" : ` in ${session.replace(/\d+/, "N")}`}`,
      );
      return Response.json(here);
    };
    await ticks(bot, 40);
    expect(told(bot)).toEqual(both("canaryFailed"));
    expect(asked.slice(0, 2)).toEqual([
      "POST /v1/chat/completions in talaria-canary-N",
      "DELETE /api/sessions/talaria-canary-N",
    ]);
    expect(bot.desk.report().canary).toMatchObject({ problem: null, tokens: 14_200 });
    expect(bot.ledger.current.lastActivityAt).toBeLessThan(bot.clock.now - 40 * minute);
  });

  it("a look throws", async () => {
    const bot = await aHealthyBot();
    const { vitals } = bot.box;
    Object.defineProperty(bot.box, "vitals", { configurable: true, get: () => ({ platforms: "none" }) });
    await ticks(bot, 5);
    Object.defineProperty(bot.box, "vitals", { configurable: true, writable: true, value: vitals });
    await ticks(bot, 5);
    expect(told(bot)).toEqual(both("lookFailed"));
  });
});

describe("telling", () => {
  it("neither repeats nor loses a notice where the object is reset", async () => {
    const world = new World();
    let bot = await aHealthyBot({ world });
    world.refuses = "status 500";
    await bot.box.kill();
    for (let time = 0; time < 20; time++) {
      bot = aBot({ sleepAfterSeconds: null, world });
      await ticks(bot, 1);
    }
    expect(told(bot)).toEqual([]);
    expect(bot.desk.report().channels).toMatchObject([{ waiting: 2, problem: "status 500" }]);
    world.refuses = undefined;
    for (let time = 0; time < 40; time++) {
      bot = aBot({ sleepAfterSeconds: null, world });
      await ticks(bot, 1);
    }
    expect(told(bot)).toEqual(both("gatewayDown"));
    expect(bot.desk.report().past.find(({ code }) => code === "gatewayDown")?.told).toMatchObject([{ problem: null }]);
  });

  it("is woken for what waits, also of a bot that rests", async () => {
    const bot = await aHealthyBot();
    bot.world.refuses = "status 500";
    await bot.box.kill();
    await ticks(bot, 1);
    await bot.rest.stop("stopped", "a test");
    bot.alarms.length = 0;
    await ticks(bot, 1);
    expect(bot.alarms.length).toBeGreaterThan(0);
  });

  it("holds back what comes in quiet hours, and tells it as one", async () => {
    const quietHours = { from: "12:00", to: "14:00", timezone: "UTC", except: ["chatDeaf" as const] };
    const bot = await aHealthyBot({ alarmPolicy: { quietHours } });
    await bot.box.kill();
    bot.box.vitals = {
      missedJobs: [{ id: "1", name: "news", dueAt: "2026-11-21T12:10:00Z", lateSeconds: 600, lost: false }],
    };
    await ticks(bot, 20);
    expect(told(bot)).toEqual([]);
    expect(bot.desk.report()).toMatchObject({ quietUntil: "2026-11-21T14:00:00.000Z" });
    bot.box.vitals = { ...bot.box.vitals, platforms: [slack({ state: "fatal", error: "invalid_auth" })] };
    await ticks(bot, 4);
    expect(told(bot)).toEqual(["raised chatDeaf slack"]);
    bot.box.vitals = { missedJobs: bot.box.vitals.missedJobs ?? [] };
    await ticks(bot, 120);
    const [, , summary] = bot.world.told;
    expect(told(bot)).toEqual(["raised chatDeaf slack", "resolved chatDeaf slack", "summary null"]);
    expect(summary?.text).toMatch(/2 alarms during the quiet hours/);
    expect(summary?.text).toMatch(/began and ended, .*The gateway's process ended/);
    expect(summary?.text).toMatch(/STILL SO since 2026-11-21 12:10 UTC: The job "news"/);
  });
});

describe("healing", () => {
  it("tries three gateways, then one container, then nothing until the cause is gone", async () => {
    const bot = await aHealthyBot();
    const starts = bot.box.gatewayStarts;
    const containers = bot.box.containerStarts;
    bot.box.vitals = { platforms: [slack({ silentSeconds: 500 })] };
    await ticks(bot, 90);
    expect(bot.box.containerStarts - containers).toBe(1);
    expect(bot.box.gatewayStarts - starts).toBe(4);
    expect(bot.desk.report().breaker).toMatchObject([{ cause: "chatDeaf slack", open: true }]);
    expect(raise(bot, "chatDeaf")?.tried.map(({ what }) => what)).toEqual([
      "a new gateway",
      "a new gateway",
      "a new gateway",
      "a new container",
      "nothing more by itself",
    ]);
    expect(told(bot)).toEqual(["raised chatDeaf slack"]);
    bot.box.vitals = {};
    await ticks(bot, 10);
    expect(told(bot)).toEqual(both("chatDeaf slack"));
    expect(bot.desk.report().breaker.some(({ open }) => open)).toBe(false);
  });

  it("goes on counting in a new object, and from the start where an operator acts", async () => {
    const bot = await aHealthyBot();
    bot.box.vitals = { platforms: [slack({ silentSeconds: 500 })] };
    await ticks(bot, 90);
    const reset = aBot({ sleepAfterSeconds: null, world: bot.world });
    const starts = bot.box.gatewayStarts;
    await ticks(reset, 20);
    expect(bot.box.gatewayStarts).toBe(starts);
    reset.desk.operatorActed();
    await ticks(reset, 2);
    expect(bot.box.gatewayStarts).toBe(starts + 1);
  });

  it("waits for a bot that works, and not for one that is wedged", async () => {
    const bot = await aHealthyBot();
    const starts = bot.box.gatewayStarts;
    bot.box.jobRuns = true;
    bot.box.vitals = { platforms: [slack({ silentSeconds: 500 })] };
    await ticks(bot, 10);
    expect(bot.box.gatewayStarts).toBe(starts);
    bot.box.vitals = { heartbeatSeconds: 400 };
    await ticks(bot, 4);
    expect(bot.box.gatewayStarts).toBe(starts + 1);
  });
});
