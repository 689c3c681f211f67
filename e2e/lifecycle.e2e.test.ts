/** The bot's life on the whole local system: cold starts, kills, uploads, stops, changed declarations. */
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { eventually } from "./eventually.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const minute = 60_000;

const containerSchema = z.object({
  ...{ of: z.string(), seconds: z.number(), memoryGibSeconds: z.number(), vcpuSeconds: z.number() },
  memoryBytes: z.number().nullable(),
});
const costSchema = z.object({ cloudflare: z.object({ containers: z.array(containerSchema) }) });

let local: LocalSystem;
let bot: Bot;
/** When the running test began: earlier transitions are none of its own. */
let began: Date;

beforeAll(async () => {
  local = await startLocal();
  bot = new Bot(local);
});
afterAll(async () => {
  await local.stop();
  expect([await local.processes(), await local.folders()]).toEqual([[], []]);
});
beforeEach(() => {
  began = new Date();
});

describe("a cold bot", () => {
  it("starts one gateway for twenty requests at once, and answers them all", async () => {
    await bot.stop();
    expect(await bot.containers()).toEqual([]);
    const seen = new Set<number>();
    let waiting = true;
    const watching = (async () => {
      for (; waiting; await pause(200)) for (const pid of await bot.gateways()) seen.add(pid);
    })();
    const asked = Array.from({ length: 20 }, (_, n) => bot.chat(`hello ${n}`, { stream: n % 2 === 0 }));
    const answers = await Promise.all(asked);
    waiting = false;
    await watching;

    for (const [n, { status, text }] of answers.entries()) {
      expect([status, text]).toEqual([200, expect.stringContaining(n % 2 === 0 ? "[DONE]" : `echo: hello ${n}`)]);
      if (n % 2 === 0) expect(text).toMatch(/^: the bot is waking\n\n/);
    }
    expect(seen.size).toBe(1);
    const moves = await bot.movesSince(began);
    expect(moves.filter((move) => move.startsWith("restored → starting"))).toHaveLength(1);
    expect(moves.at(-1)).toBe("starting → ready | a client's request");
  });

  it("is ready only when Hermes answers and its first prompt is whole", async () => {
    await bot.stop();
    const waking = bot.wake();
    await bot.ready();
    const address = await bot.variable(await bot.gateway(), "TALARIA_BIND");
    expect((await fetch(`http://${address}:8642/health`)).status).toBe(200);
    const prompts = [await bot.chat("the same"), await bot.chat("the same")].map(({ text }) => JSON.parse(text).usage);
    expect(prompts[0]).toEqual(prompts[1]);
    expect((await waking).status).toBe(200);
  });
});

describe("a killed gateway", () => {
  it("meets a chat with an answer, or an error that says what may have happened, and is back at once", async () => {
    process.kill(await bot.gateway(), "SIGKILL");
    const { status, text } = await bot.chat("straight after the kill");
    if (status === 200) expect(text).toContain("echo: straight after the kill");
    else expect(JSON.parse(text).error.message).toMatch(/The request may have run|Send the request again/);
    await bot.until(
      "back",
      60,
      ({ state, transitions }) => state === "ready" && new Date(transitions.at(-1)?.at ?? 0) > began,
    );
    expect((await bot.chat("and then")).text).toContain("echo: and then");
  });

  it("is brought back by the cron tick, which says why", async () => {
    process.kill(await bot.gateway(), "SIGKILL");
    await bot.ticksUntil("back", async () => (await bot.movesSince(began)).length > 0);
    expect(await bot.movesSince(began)).toEqual([
      expect.stringMatching(/^ready → restored \| (alarm|cron): the gateway does not answer: the gateway is gone$/),
      expect.stringMatching(/^restored → starting \| (alarm|cron): the gateway does not answer$/),
      expect.stringMatching(/^starting → ready \| (alarm|cron): the gateway does not answer$/),
    ]);
    expect(await bot.gateways()).toHaveLength(1);
    expect(await bot.log()).toContain("ready → restored");
  });

  it("is noticed by the Agent's own alarm, without any tick or request", async () => {
    process.kill(await bot.gateway(), "SIGKILL");
    await bot.until("noticed", 100, ({ state }) => state !== "ready");
    await bot.ready();
    expect((await bot.movesSince(began))[0]).toMatch(/^ready → restored \| (alarm|cron): the gateway does not answer/);
  });

  it("is ended and replaced when it hangs", { timeout: 5 * minute }, async () => {
    const hanging = await bot.gateway();
    process.kill(hanging, "SIGSTOP");
    await bot.ticksUntil("noticed", async () => (await bot.movesSince(began)).length > 0);
    await bot.until("replaced", 120, ({ state }) => state === "ready");
    expect(await bot.gateway()).not.toBe(hanging);
    expect((await bot.movesSince(began)).join("\n")).toContain("not ready after 60 seconds and was ended");
  });
});

describe("a killed container", () => {
  it("comes back without a hand, and the log tells of its end", async () => {
    const [container = 0] = await bot.containers();
    process.kill(-container, "SIGKILL");
    await bot.until("noticed", 30, ({ state }) => state !== "ready");
    await bot.ready();
    const moves = await bot.movesSince(began); // a look between the gateway's end and the container's is one more
    expect(moves).toContainEqual(expect.stringMatching(/ → absent \| the container ended with exit code 137$/));
    expect(moves.at(-1)).toMatch(
      /^starting → ready \| (alarm|cron|self-healing of gatewayWedged)(: the gateway does not answer)?$/,
    );
    expect(await bot.log()).toContain("the container ended with exit code 137");
    expect([await bot.containers(), await bot.gateways()].map(({ length }) => length)).toEqual([1, 1]);
  });
});

describe("a changed stack", () => {
  it("goes live during a wake: the wake is finished, with one gateway that runs what is declared", {
    timeout: 5 * minute,
  }, async () => {
    await bot.stop();
    let waking: Promise<unknown> | undefined;
    const up = await bot.configured(["set", "--path", "talaria:environment.NOTE", "uploaded"], (line) => {
      if (/WorkerUpload.*updating/.test(line)) waking ??= bot.wake().catch(() => "cut by the upload");
    });
    mustPass(up);
    expect(waking).toBeDefined();
    await waking;
    await bot.ready();
    expect(await bot.variable(await bot.gateway(), "NOTE")).toBe("uploaded");
    expect(mustPass(await local.talaria(["converge"])).stdout).toContain("the bot runs what is declared");
    expect(await bot.containers()).toHaveLength(1);
  });

  it("lets a run finish, then restarts the gateway with the new configuration", { timeout: 5 * minute }, async () => {
    const before = await bot.gateway();
    let run: Promise<unknown> | undefined;
    const up = await bot.configured(["set", "--path", "talaria:environment.NOTE", "changed"], (line) => {
      if (/WorkerUpload.*updated/.test(line)) run ??= bot.chat("FAULT slow 10");
    });
    mustPass(up);
    expect(await run).toMatchObject({ status: 200, text: expect.stringContaining("echo: FAULT slow 10") });
    const after = await bot.gateway();
    expect(after).not.toBe(before);
    expect(await bot.variable(after, "NOTE")).toBe("changed");
    const scope = (await bot.variable(after, "HERMES_MANAGED_DIR")) ?? "";
    expect(await fs.readFile(path.join(scope, ".env"), "utf8")).toContain("NOTE='changed'");
    expect((await bot.movesSince(began))[0]).toBe("ready → restored | converge: the new configuration");
    expect(await bot.log()).not.toContain("without its mark of a clean shutdown");
  });
});

describe("a bot that was stopped on purpose", () => {
  it("stays stopped over cron ticks and questions, and wakes for a chat", async () => {
    mustPass(await local.talaria(["stop"]));
    await bot.cron();
    await bot.cron();
    expect(await bot.status()).toMatchObject({ state: "stopped", desired: "stopped" });
    await local.api("/api/logs");
    expect([await bot.containers(), await bot.gateways()]).toEqual([[], []]);
    expect((await bot.chat("wake up")).text).toContain("echo: wake up");
    expect(await bot.status()).toMatchObject({ state: "ready", desired: "running" });
  });

  it("has told what its container used", async () => {
    const used = async () => {
      const { cloudflare } = costSchema.parse(await (await local.api("/api/cost")).json());
      return cloudflare.containers.find(({ of }) => of === "hermes");
    };
    expect(await eventually(async () => ((await used())?.memoryBytes ?? 0) > 50e6, 60)).toBe(true);
    const { seconds = 0, memoryGibSeconds, vcpuSeconds } = (await used()) ?? {};
    expect(seconds).toBeGreaterThan(0);
    expect(memoryGibSeconds).toBeCloseTo(seconds * 4); // the declared size's
    expect(vcpuSeconds).toBeGreaterThan(0);
  });
});
