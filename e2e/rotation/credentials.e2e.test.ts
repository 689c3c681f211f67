/** A provider's key and a Slack token, given to the stack anew: when the new ones work, when the old ones are asked no more, and what was under way. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Bot } from "../bot.ts";
import { mustPass } from "../commands.ts";
import { type LocalSystem, startLocal } from "../harness.ts";
import { filesWith } from "../marker.ts";
import { after, before, Platforms } from "./credentials.ts";

const minute = 60_000;

let platforms: Platforms;
let local: LocalSystem;
let bot: Bot;

beforeAll(async () => {
  [platforms, local] = await Promise.all([Platforms.start(), startLocal()]);
  bot = new Bot(local);
  await platforms.declare(local);
  mustPass(await local.pulumi(["up", "--yes", "--skip-preview"]));
  await bot.ready();
}, 15 * minute);
afterAll(async () => {
  await local?.stop();
  await platforms?.close();
});

describe("a provider's key and a Slack token", () => {
  it("are in force with one up, which lets a stream end first, and the ones before are not", {
    timeout: 10 * minute,
  }, async () => {
    const { asked, valid } = platforms;
    expect((await bot.chat("hello")).text).toContain("echo: hello");
    expect(asked.at(-1)?.key).toBe(before.providerKey);
    expect(await bot.variable(await bot.gateway(), "SLACK_BOT_TOKEN")).toBe(before.slackToken);
    await platforms.rotate(local);
    const stream = bot.chat("FAULT drip 20\none two three four five", { stream: true });
    await bot.until("at work", 60, ({ activeRuns }) => activeRuns === 1);
    const began = Date.now();
    const seconds = (at: number) => ((at - began) / 1000).toFixed(1);
    const up = local.pulumi(["up", "--yes", "--skip-preview"]);
    const { status, text } = await stream;
    const streamed = Date.now();
    expect([status, text]).toEqual([200, expect.stringContaining("[DONE]")]);
    expect(text).not.toContain('"error"');
    mustPass(await up);
    const inForce = Date.now();
    expect(await bot.variable(await bot.gateway(), "SLACK_BOT_TOKEN")).toBe(after.slackToken);
    expect(await bot.gateways()).toHaveLength(1);
    valid.delete(before.providerKey); // revoked where it was made, as soon as the new one is in force
    expect((await bot.chat("hello")).text).toContain("echo: hello");
    const first = asked.find(({ key }) => key === after.providerKey)?.at ?? 0;
    const last = asked.findLast(({ key }) => key === before.providerKey)?.at ?? 0;
    expect(first).toBeGreaterThan(0);
    expect(asked.filter(({ key, at }) => key === before.providerKey && at > inForce)).toEqual([]);
    expect(await bot.status()).toMatchObject({ state: "ready", cutStreams: 0 });
    process.stdout.write(
      `up with a new provider key and Slack token: a stream under way ended after ${seconds(streamed)} s, both in force ` +
        `after ${seconds(inForce)} s; the provider was first asked with the new key after ${seconds(first)} s, ` +
        `last with the old one after ${seconds(last)} s\n`,
    );
  });

  it("are in no log, no answer of the operator's commands, and no file of the home", {
    timeout: 5 * minute,
  }, async () => {
    const commands = [["logs", "--tail", "500"], ["config", "--all"], ["config", "secrets"], ["status"]];
    const said: string[] = [];
    for (const words of commands) said.push(mustPass(await local.talaria([...words, "--stack", "local"])).output);
    said.push(mustPass(await local.pulumi(["preview", "--diff"])).output);
    const home = (await bot.variable(await bot.gateway(), "TALARIA_HOME")) ?? "";
    for (const value of [before, after].flatMap((one) => Object.values(one) as string[])) {
      expect(said.join("\n")).not.toContain(value);
      expect((await filesWith(home, value)).found).toEqual([]);
      const logs = (await filesWith(local.stateDir, value)).found.filter((file) => /\.(log|txt|jsonl)$/.test(file));
      expect(logs).toEqual([]);
    }
  });
});
