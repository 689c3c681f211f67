/** What an operator does with a bot that runs: restarts, the log, a look inside, and what is run in its container by hand. */
import fs from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const minute = 60_000;
const knows = "It is called Gus.";

let local: LocalSystem;
let bot: Bot;

beforeAll(async () => {
  local = await startLocal();
  bot = new Bot(local);
  expect((await bot.chat("REMEMBER My dog is called Gus.")).text).toContain("success");
});
afterAll(async () => {
  await local.stop();
  expect([await local.processes(), await local.folders()]).toEqual([[], []]);
});

const answer = async () => (await bot.chat("What is my dog called?")).text;
/** A command of ./talaria with something piped in. */
const piped = (input: string, words: string) =>
  local.commands.exec("sh", ["-c", `printf '%s' "$INPUT" | ./talaria ${words}`], { ...local.env, INPUT: input });

describe("a restart of the gateway", () => {
  it("waits for a running answer, then gives a new process in the same container with the same home", {
    timeout: 5 * minute,
  }, async () => {
    const [containers, gateway] = [await bot.containers(), await bot.gateway()];
    const running = bot.chat("FAULT drip 8", { stream: true });
    await bot.until("at work", 30, ({ activeRuns }) => activeRuns > 0);
    const restarted = mustPass(await local.talaria(["restart", "--gateway"]));
    expect(restarted.stdout).toMatch(/^ready after .*: a new gateway in the same container\n$/);
    const { status, text } = await running;
    expect([status, text]).toEqual([200, expect.stringContaining("[DONE]")]);
    expect(text).not.toContain('"error"');
    expect(await bot.containers()).toEqual(containers);
    expect(await bot.gateway()).not.toBe(gateway);
    expect(await answer()).toContain(knows);
  });

  it("answers to the names of the predecessors, and twice at once is once", { timeout: 5 * minute }, async () => {
    const paths = ["/api/kill", "/api/instance/restart-gateway"];
    const answers = await Promise.all(paths.map((path) => local.api(path, { method: "POST" })));
    const [one, two] = await Promise.all(answers.map((response) => response.json()));
    expect(two).toEqual(one);
    expect(one).toMatchObject({ state: "ready", did: "restarted" });
  });
});

describe("a restart", () => {
  it("waits for a running answer, then gives a new container that knows what the one before knew", {
    timeout: 5 * minute,
  }, async () => {
    const containers = await bot.containers();
    const running = bot.chat("FAULT drip 8", { stream: true });
    await bot.until("at work", 30, ({ activeRuns }) => activeRuns > 0);
    const restarted = mustPass(await local.talaria(["restart"]));
    expect(restarted.stdout).toMatch(/^ready after .*: a new container, the memory restored\n$/);
    expect((await running).text).toContain("[DONE]");
    const now = await bot.containers();
    expect(now).toHaveLength(1);
    expect(now).not.toEqual(containers);
    expect(await answer()).toContain(knows);
  });
});

describe("a look from outside", () => {
  it("gives the predecessors' fields, the log and Hermes' Slack manifest", async () => {
    const [gateway] = await bot.gateways();
    expect(await bot.status()).toMatchObject({ container: "running", gateway_running: true, state: "ready" });
    const logs = mustPass(await local.talaria(["logs", "--source", "gateway", "--tail", "2000"])).stdout;
    expect(logs).toMatch(/gateway info /);
    const manifest = JSON.parse(mustPass(await local.talaria(["slack-manifest"])).stdout);
    expect(JSON.stringify(manifest.features.slash_commands)).toContain("/new");
    expect(gateway).toBeGreaterThan(0);
  });
});

const rowsSchema = z.array(
  z.looseObject({ kind: z.string(), command: z.string(), exit: z.number(), by: z.string().nullish() }),
);

describe("by hand, in the agent's container", () => {
  it("hermes runs with the gateway's home and managed scope, and ends with its own code", {
    timeout: 3 * minute,
  }, async () => {
    expect(mustPass(await local.talaria(["hermes", "--", "--version"])).stdout).toMatch(/Hermes Agent v?\d/);
    const model = mustPass(await local.talaria(["hermes", "--", "config", "get", "model.base_url"]));
    expect(model.stdout).toContain("/model/v1");
    const wrong = await local.talaria(["hermes", "--", "no-such-command"]);
    expect(wrong.code).toBe(2);
    expect(wrong.output).not.toContain("plugin");
    expect(wrong.output).toContain("no-such-command");
  });

  it("a shell reads the agent's home, has no secret of the gateway's, and ends with its own code", {
    timeout: 3 * minute,
  }, async () => {
    const words = [
      "cat ~/.hermes/memories/MEMORY.md",
      'echo "home=$HERMES_HOME key=${API_SERVER_KEY-none} where=$PWD"',
      "exit 7",
    ];
    const { code, stdout } = await piped(words.map((line) => `${line}\n`).join(""), "shell");
    expect(stdout).toContain("My dog is called Gus.");
    expect(stdout).toMatch(/home=(\S+)\/\.hermes key=none where=\1\r?\n/);
    expect(code).toBe(7);
  });

  it("wakes a bot that sleeps and says so, but not one that was stopped", { timeout: 5 * minute }, async () => {
    expect((await local.api("/api/drain", { method: "POST" })).ok).toBe(true);
    const woken = mustPass(await local.talaria(["hermes", "--", "--version"]));
    expect(woken.stderr).toContain("The bot is stopped: waking it …");
    await bot.stop();
    const refused = await local.talaria(["hermes", "--", "--version", "--json"]);
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining("stopped on purpose")]);
    expect(await bot.containers()).toEqual([]);
    expect((await bot.wake()).ok).toBe(true);
  });

  it("ends with the container, and the restart does not wait for it", { timeout: 5 * minute }, async () => {
    const opened = piped("sleep 1000\n", "shell");
    await bot.until("used", 60, () => true);
    await local.talaria(["hermes", "--", "--version"]);
    mustPass(await local.talaria(["restart"]));
    const { code, output } = await opened;
    expect([code, output]).toEqual([1, expect.stringContaining("The agent's container has ended")]);
  });

  it("leaves a row in the audit that says what and who", async () => {
    const rows = rowsSchema.parse(JSON.parse(mustPass(await local.talaria(["audit", "--json"])).stdout));
    const own = rows.filter(({ kind }) => kind === "operator");
    expect(own.map(({ command, exit }) => `${command} ${exit}`)).toEqual(
      expect.arrayContaining(["hermes --version 0", "hermes config get model.base_url 0", "shell 7", "shell 137"]),
    );
    for (const { by } of own) expect(by).toMatch(/^token:/);
  });

  it("leaves no process of its own behind when the bot stops", { timeout: 3 * minute }, async () => {
    await bot.stop();
    expect(await bot.containers()).toEqual([]);
    const commands = await Promise.all(
      (await local.processes()).map((pid) => fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")),
    );
    expect(commands.filter((command) => command.includes("talaria-exec"))).toEqual([]);
  });
});
