/** The operator's bot on the whole local system: a Slack on loopback, an agent that is dead, and one that comes back. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { operatorUser, strangerUser } from "../local/chat/slackWorkspace.ts";
import { Bot } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { OperatorInSlack, wordsOf } from "./operatorInSlack.ts";

const minute = 60_000;
const auditSchema = z.object({
  rows: z.array(z.looseObject({ command: z.string(), by: z.string().nullable(), exit: z.number() })),
});

let local: LocalSystem;
let bot: Bot;
let operator: OperatorInSlack;
/** When the running test began: earlier transitions are none of its own. */
let began: Date;

beforeAll(async () => {
  local = await startLocal();
  bot = new Bot(local);
  operator = await OperatorInSlack.configured(local);
  mustPass(await local.pulumi(["up", "--yes", "--skip-preview"]));
}, 10 * minute);
afterAll(async () => {
  console.log("until Slack had its answer, ms:", operator?.figures);
  await operator?.slack.close();
  await local?.stop();
});
beforeEach(() => {
  began = new Date();
});

/** What the audit has of Slack. */
async function audited(): Promise<string[]> {
  const { rows } = auditSchema.parse(await (await local.api("/api/audit?limit=1000")).json());
  return rows.filter(({ by }) => by?.startsWith("slack:")).map(({ by, command, exit }) => `${by} ${command} ${exit}`);
}
const fresh = async () => (await bot.movesSince(began)).filter((move) => move.includes("→ fresh"));

describe("an operator in Slack", () => {
  it("looks after a bot that runs: its state, its log, its snapshots", { timeout: 5 * minute }, async () => {
    expect((await operator.type("")).status).toBe(200);
    await operator.hears(/talaria-local is ready/);
    await operator.type("why are you down?");
    await operator.hears(/talaria-local answers/);
    await operator.type("logs 5");
    await operator.hears(/The last 5 lines/);
    await operator.type("snapshot");
    await operator.hears(/On it/);
    expect(await operator.hears(/is saved, as `[0-9a-f]{8}`|was saved already/)).toMatchObject({ via: "response_url" });
    await operator.type("snapshots");
    await operator.hears(/snapshots of .*the memory/);
  });

  it("is told why a bot is down that has no container, and brings it back by a word", {
    timeout: 5 * minute,
  }, async () => {
    await bot.stop();
    expect(await bot.containers()).toEqual([]);
    await operator.type("why");
    await operator.hears(/does not answer.*stopped on purpose/);
    await operator.type("wake");
    await operator.hears(/On it: starts it/);
    expect(await operator.hears(/is ready after \d+ seconds/)).toMatchObject({
      via: "response_url",
      user: operatorUser.id,
    });
    expect((await bot.chat("are you back?")).text).toContain("echo: are you back?");
  });

  it("brings a killed one back by a button", { timeout: 5 * minute }, async () => {
    const [container = 0] = await bot.containers();
    process.kill(await bot.gateway(), "SIGKILL");
    process.kill(-container, "SIGKILL");
    await operator.type("why");
    await operator.press("wake");
    await operator.hears(/is ready after/);
    expect(await bot.status()).toMatchObject({ state: "ready", desired: "running" });
    expect([await bot.containers(), await bot.gateways()].map(({ length }) => length)).toEqual([1, 1]);
  });

  it("loses nothing where a new Worker comes in the middle of an errand, and has it done once", {
    timeout: 8 * minute,
  }, async () => {
    await operator.type("restart");
    await bot.until("in the middle", 60, ({ state }) => state !== "ready");
    const secret = { name: "NOTE", text: "of another version", type: "secret_text" };
    const { errors } = await local.cloudflare("PUT", "workers/scripts/talaria-local/secrets", secret);
    expect(errors).toEqual([]);
    await operator.hears(/has a new container, and is ready|is ready again|was down, and is ready/);
    expect(await bot.log()).toContain("an errand goes on that an earlier object began");
    expect(await fresh()).toHaveLength(1);
    expect((await audited()).filter((row) => row.includes("/talaria-local restart "))).toEqual([
      `slack:${operatorUser.id} /talaria-local restart (Slack team T0TALARIA) 200`,
    ]);
    const told = operator.slack.messages.map(wordsOf).filter((words) => /is ready (again )?after/.test(words));
    expect(told).toHaveLength(3); // with those of the tests above
  });

  it("goes back to a snapshot by the button beside it, and finds every act in the audit", {
    timeout: 5 * minute,
  }, async () => {
    expect((await bot.chat("something to keep")).status).toBe(200);
    await operator.type("snapshot");
    await operator.hears(/is saved, as/);
    await operator.type("snapshots");
    const list = wordsOf(await operator.hears(/snapshots of/));
    const [value = ""] = /restore [0-9a-f]{16}/.exec(list) ?? [];
    await operator.press(value);
    await operator.hears(/is ready, as it was in/);
    const acts = await audited();
    for (const act of ["wake", "snapshot", "restart", value]) {
      expect(acts).toContainEqual(`slack:${operatorUser.id} /talaria-local ${act} (Slack team T0TALARIA) 200`);
    }
  });

  it("is the only one who may", async () => {
    await operator.type("stop", { user: strangerUser });
    const said = await operator.hears(/may ask this bot/);
    expect([said.user, wordsOf(said)]).toEqual([strangerUser.id, expect.stringContaining(`<@${operatorUser.id}>`)]);
    await operator.press("restart", { user: strangerUser });
    await operator.hears(/may ask this bot/);
    expect(await bot.movesSince(began)).toEqual([]);
    expect((await audited()).join()).not.toContain(strangerUser.id);
  });
});
