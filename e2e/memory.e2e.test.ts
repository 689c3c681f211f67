/** The story of Gus: what a bot was told survives its container, goes back and forward with its snapshots, and outlives a stop. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { Bot, type ChatOptions } from "./bot.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";
import { Snapshots } from "./snapshots.ts";

const minute = 60_000;
const knows = "It is called Gus.";
const doesNot = "I do not know what my dog is called.";

let local: LocalSystem;
let bot: Bot;
let snapshots: Snapshots;

beforeAll(async () => {
  local = await startLocal();
  bot = new Bot(local);
  snapshots = new Snapshots(local);
});
afterAll(async () => {
  await local.stop();
  expect([await local.processes(), await local.folders()]).toEqual([[], []]);
});

const answerSchema = z.looseObject({
  choices: z.tuple([z.looseObject({ message: z.object({ content: z.string() }) })]),
});

/** One chat, its answer as text. */
async function ask(question: string, options: ChatOptions = {}): Promise<string> {
  const { text } = await bot.chat(question, options);
  return answerSchema.parse(JSON.parse(text)).choices[0].message.content;
}

describe("the story of Gus", () => {
  it("is known after the container was killed", { timeout: 5 * minute }, async () => {
    await snapshots.take();
    expect(await ask("What is my dog called?")).toBe(doesNot);
    expect(await ask("REMEMBER My dog is called Gus.")).toContain('"success": true');
    expect(await ask("What is my dog called?")).toBe(knows);
    await snapshots.take();
    const [container = 0] = await bot.containers();
    process.kill(-container, "SIGKILL");
    await bot.until("noticed", 30, ({ state }) => state !== "ready");
    expect(await ask("What is my dog called?")).toBe(knows);
    expect(await bot.gateways()).toHaveLength(1);
  });

  it("is forgotten when the snapshot before is restored, and known again with the later one", {
    timeout: 5 * minute,
  }, async () => {
    const { snapshots: taken } = await snapshots.all();
    const before = taken.at(-1)?.id ?? "";
    await snapshots.restore(before);
    expect((await snapshots.all()).current).toBe(before);
    expect(await ask("What is my dog called?")).toBe(doesNot);

    const later = taken[0]?.id ?? "";
    await snapshots.restore(later.slice(0, 8));
    expect(await ask("What is my dog called?")).toBe(knows);
    // Nothing was lost on the way: each restore has saved what it replaced.
    const reasons = (await snapshots.all()).snapshots.map(({ reason }) => reason);
    expect(reasons).toContain("restore");
  });

  it("is known after the bot was stopped and woken", { timeout: 5 * minute }, async () => {
    await bot.stop();
    expect(await bot.containers()).toEqual([]);
    expect(await ask("What is my dog called?")).toBe(knows);
  });

  it("is apart from what commands write: neither is in the other", { timeout: 5 * minute }, async () => {
    const [before] = (await snapshots.all()).snapshots;
    expect(
      await ask("RUN pwd > ~/of-a-command; cp ~/of-a-command $TALARIA_WORKSPACE; ls ~ $TALARIA_WORKSPACE"),
    ).toContain("of-a-command");
    expect(await ask("RUN find ~ $TALARIA_WORKSPACE \\( -name MEMORY.md -o -name state.db \\); echo looked")).toMatch(
      /"output": "looked/,
    );
    await snapshots.take();
    const [after] = (await snapshots.all()).snapshots;
    const diff = mustPass(await local.talaria(["diff", before?.id ?? "", after?.id ?? ""])).stdout;
    expect(diff).toContain(".hermes/state.db");
    expect(diff).not.toContain("of-a-command");
  });

  it("leaves a session's workspace what it was when the bot was stopped and woken", {
    timeout: 5 * minute,
  }, async () => {
    const session = "of-files";
    expect(await ask("RUN echo Gus > dog && cat dog", { session })).toContain("Gus");
    await bot.stop();
    expect(await ask("RUN cat dog", { session })).toContain('"output": "Gus"');
  });

  it("is known after `npm run local` was stopped and started", { timeout: 10 * minute }, async () => {
    expect(await ask("REMEMBER My cat is called Io.")).toContain('"success": true');
    mustPass(await local.commands.local(["--stop"]));
    mustPass(await local.commands.local(["--detach"]));
    await local.commands.daemon();
    expect(await ask("What is my dog called?")).toBe(knows);
    expect(await ask("What is my cat called?")).toBe("It is called Io.");
  });
});
