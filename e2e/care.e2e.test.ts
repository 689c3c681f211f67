/** The memory's care on the whole system, as an operator sees it: saved, proven by a drill, tidied, compared, restored. */
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Bot } from "./bot.ts";
import { CheckoutCopy } from "./checkoutCopy.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const minute = 60_000;
const least = "  talaria:snapshots:\n    keep: { last: 1, hourly: 1, daily: 1, weekly: 1, monthly: 1 }";

let local: LocalSystem;
let bot: Bot;

beforeAll(async () => {
  local = await startLocal({
    copy: async (stateDir) => {
      const copy = await CheckoutCopy.make(path.join(stateDir, "checkout"));
      await copy.setLastLine("Pulumi.local.yaml", least);
      return copy.folder;
    },
  });
  bot = new Bot(local);
}, 15 * minute);
afterAll(async () => {
  await local?.stop();
});

const snapshotsSchema = z.array(z.looseObject({ id: z.string(), verdict: z.string(), current: z.boolean() }));
const drillSchema = z.looseObject({
  result: z.looseObject({
    outcome: z.literal("passed"),
    snapshot: z.string(),
    sessions: z.number(),
    memories: z.number(),
  }),
});
const careSchema = z.looseObject({
  result: z.looseObject({ outcome: z.literal("tidied"), left: z.array(z.string()), missing: z.array(z.string()) }),
});
const statusSchema = z.looseObject({
  memory: z.looseObject({
    promoted: z.looseObject({ id: z.string(), files: z.number() }),
    lastDrill: z.looseObject({ passed: z.boolean(), snapshot: z.string() }).nullable(),
    lastCare: z.looseObject({ done: z.boolean(), kept: z.number() }).nullable(),
    alarms: z.array(z.looseObject({ code: z.string() })),
  }),
});

/** What a command tells programs. */
async function told<T>(schema: z.ZodType<T>, ...words: string[]): Promise<T> {
  return schema.parse(JSON.parse(mustPass(await local.talaria([...words, "--json"])).stdout));
}

/** What a command tells people; shown, so that the README can be held against it. */
async function said(...words: string[]): Promise<string> {
  const { stdout } = mustPass(await local.talaria(words));
  process.stdout.write(`$ ./talaria ${words.join(" ")}\n${stdout}`);
  return stdout;
}

describe("the care of a memory", () => {
  it("proves by a drill that what was saved restores, and shows it in the status", {
    timeout: 8 * minute,
  }, async () => {
    const { text } = await bot.chat("REMEMBER My dog is called Gus.");
    expect(text).toContain("success");
    expect(await said("snapshot")).toMatch(/^saved as [0-9a-f]{8} in .* files, .* are new\n$/);
    const [first] = await told(snapshotsSchema, "snapshots");

    const { result } = await told(drillSchema, "drill");
    expect(result).toMatchObject({ snapshot: first?.id, memories: 1 });
    expect(result.sessions).toBeGreaterThan(0);
    const { memory } = await told(statusSchema, "status");
    expect(memory).toMatchObject({ lastDrill: { passed: true, snapshot: first?.id }, alarms: [] });
    expect(await said("status")).toMatch(/drill +passed/);
    // The drill's container is gone, the bot's is not.
    expect(await bot.containers()).toHaveLength(1);
  });

  it("forgets what the policy says and never the memory, and leaves a repository that restores", {
    timeout: 15 * minute,
  }, async () => {
    for (const n of [1, 2, 3, 4]) {
      await bot.chat(`REMEMBER Thing number ${n}.`);
      mustPass(await local.talaria(["snapshot"]));
    }
    const before = await told(snapshotsSchema, "snapshots");
    await said("snapshots");
    const { result } = await told(careSchema, "care");
    const newest = before.filter(({ verdict }) => verdict === "promoted").slice(0, 3);
    expect(result.left).toEqual(newest.map(({ id }) => id).sort());
    expect(result.missing).toEqual([]);
    const after = await told(snapshotsSchema, "snapshots");
    expect(after.map(({ id }) => id)).toEqual(newest.map(({ id }) => id));
    expect(after.filter(({ current }) => current).map(({ id }) => id)).toEqual([newest[0]?.id]);

    await told(drillSchema, "drill");
    const [oldest = ""] = result.left.filter((id) => id === newest[2]?.id);
    expect(await said("diff", oldest.slice(0, 8), newest[0]?.id.slice(0, 8) ?? "")).toMatch(
      /^M \.hermes\/memories\/MEMORY\.md .*$/m,
    );
    expect(await said("restore", oldest.slice(0, 8), "--yes")).toMatch(/^restored in/);
    const { memory } = await told(statusSchema, "status");
    expect(memory).toMatchObject({ promoted: { id: oldest }, lastCare: { done: true, kept: 3 }, alarms: [] });
    expect(await bot.containers()).toHaveLength(1);
    await said("status");
  });
});
