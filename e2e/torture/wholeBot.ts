/**
 * Faults on a whole bot: `npm run local`, Pulumi, the real Hermes, `./talaria chat`. Before each fault the bot is told a name and
 * saved; after it, it is asked. No hand but the question.
 */
import fs from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { Bot } from "../bot.ts";
import { mustPass } from "../commands.ts";
import { type LocalSystem, startLocal } from "../harness.ts";
import { Snapshots } from "../snapshots.ts";
import { Missed } from "./fault.ts";
import type { Random } from "./random.ts";
import { seeded } from "./random.ts";
import type { WholeBotResult } from "./state.ts";

const memorySchema = z.looseObject({
  memory: z.looseObject({ promoted: z.looseObject({ id: z.string() }).nullable() }),
});

/** How long a bot may take to answer again, seconds. */
const recoverySeconds = 180;

interface WholeBot {
  readonly local: LocalSystem;
  readonly bot: Bot;
  readonly snapshots: Snapshots;
  readonly random: Random;
}

/** What strikes; says nothing where it struck. @throws Missed */
type Strike = (whole: WholeBot) => Promise<void>;

const restic = /(^|\/)restic (backup|restore) /;
const stateTool = /bin\/talaria-state (snapshot|restore) /;

const faults: readonly (readonly [name: string, strike: Strike])[] = [
  ["SIGKILL of the gateway", async ({ bot }) => killAll(await bot.gateways())],
  ["SIGKILL of the container", killContainer],
  ["SIGKILL of restic during a snapshot", (whole) => duringSnapshot(whole, () => killMatching(whole, restic))],
  [
    "SIGKILL of the state tool during a snapshot",
    (whole) => duringSnapshot(whole, () => killMatching(whole, stateTool)),
  ],
  ["SIGKILL of the container during a snapshot", (whole) => duringSnapshot(whole, () => killContainer(whole))],
  [
    "SIGKILL of the gateway during a snapshot",
    (whole) => duringSnapshot(whole, async () => killAll(await whole.bot.gateways())),
  ],
  [
    "SIGKILL of workerd during a snapshot",
    (whole) => duringSnapshot(whole, () => killMatching(whole, /bin\/workerd serve /)),
  ],
  ["SIGKILL of restic during a restore", (whole) => duringRestore(whole, () => killMatching(whole, restic))],
  ["SIGKILL of the state tool during a restore", (whole) => duringRestore(whole, () => killMatching(whole, stateTool))],
  ["SIGKILL of the container during a restore", (whole) => duringRestore(whole, () => killContainer(whole))],
  [
    "SIGKILL of workerd during a restore",
    (whole) => duringRestore(whole, () => killMatching(whole, /bin\/workerd serve /)),
  ],
  ["five ticks and two snapshots at once", crowd],
  ["SIGKILL of workerd while nothing happens", (whole) => killMatching(whole, /bin\/workerd serve /)],
];

/** Suffers them until there are `count` results; `keep` is asked before each. */
export async function tortureWholeBot(
  seed: number,
  count: number,
  results: WholeBotResult[],
  keep: (more: () => boolean) => boolean,
): Promise<void> {
  const random = seeded(seed + results.length);
  const rounds = Math.ceil(count / faults.length) + 4;
  const order = Array.from({ length: rounds }, () => random.shuffled(faults)).flat();
  const local = await startLocal();
  try {
    const whole = { local, bot: new Bot(local), snapshots: new Snapshots(local), random };
    for (let number = 1; keep(() => results.length < count); number++) {
      const next = order.shift();
      if (next === undefined) throw new Error("too many faults missed their moment");
      const [fault, strike] = next;
      const began = Date.now();
      const outcome = await suffer(whole, number, strike);
      console.log(`whole bot, ${fault}: ${outcome} (${Math.round((Date.now() - began) / 1000)} s)`);
      if (outcome !== "missed") results.push({ fault, outcome });
    }
  } finally {
    await local.stop();
  }
}

async function suffer(whole: WholeBot, number: number, strike: Strike): Promise<string> {
  const { local, bot, snapshots } = whole;
  const pet = `pet${number}`;
  const name = `Gus${number}`;
  try {
    await bot.until("ready", recoverySeconds, ({ state }) => state === "ready");
    const told = mustPass(await local.talaria(["chat", "--no-stream", `REMEMBER My ${pet} is called ${name}.`]));
    if (!told.stdout.includes("success")) return `broken: it was not remembered: ${told.stdout.slice(0, 200)}`;
    await snapshots.take();
    const before = await promoted(local);
    try {
      await strike(whole);
    } catch (error) {
      if (error instanceof Missed) return "missed";
      throw error;
    }
    for (const deadline = Date.now() + recoverySeconds * 1000; ; await pause(1000)) {
      const asked = await local.talaria(["chat", "--no-stream", `What is my ${pet} called?`]);
      if (asked.code === 0 && asked.stdout.includes(`It is called ${name}.`)) break;
      if (asked.code === 0 && asked.stdout.includes("do not know")) return `broken: it has forgotten ${name}`;
      if (Date.now() > deadline) return `broken: no answer: ${asked.output.slice(0, 300)}`;
    }
    const gateways = await bot.gateways();
    if (gateways.length !== 1) return `broken: ${gateways.length} gateways`;
    const all = await snapshots.all();
    const there = all.snapshots.some(({ id, verdict }) => id === before && verdict === "promoted");
    return there ? "it knows" : `broken: ${before} is no longer promoted`;
  } catch (error) {
    return `broken: ${String(error).slice(0, 400)}`;
  }
}

async function promoted(local: LocalSystem): Promise<string> {
  const { memory } = memorySchema.parse(await (await local.api("/api/status")).json());
  return memory.promoted?.id ?? "nothing";
}

async function duringSnapshot(whole: WholeBot, strike: () => Promise<void>): Promise<void> {
  const { local, random } = whole;
  mustPass(await local.talaria(["chat", "--no-stream", "something else to save"]));
  void local.api("/api/snapshot", { method: "POST", body: "{}" }).catch(() => {}); // cut by some of the faults
  await running(whole, stateTool);
  await pause(random.below(500));
  await strike();
}

async function duringRestore(whole: WholeBot, strike: () => Promise<void>): Promise<void> {
  await killContainer(whole);
  void whole.local.api("/api/wake", { method: "POST" }).catch(() => {}); // cut by some of the faults
  await running(whole, stateTool);
  await pause(whole.random.below(300));
  await strike();
}

/** Waits until such a process runs. @throws Missed */
async function running(whole: WholeBot, words: RegExp): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await pause(20))
    if ((await matching(whole, words)).length > 0) return;
  throw new Missed("it did not run");
}

async function matching({ local }: WholeBot, words: RegExp): Promise<number[]> {
  const all = await Promise.all(
    (await local.processes()).map(async (pid) => {
      const command = (await fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ");
      return words.test(command) ? [pid] : [];
    }),
  );
  return all.flat();
}

async function killMatching(whole: WholeBot, words: RegExp): Promise<void> {
  for (const deadline = Date.now() + 5_000; Date.now() < deadline; await pause(10)) {
    const found = await matching(whole, words);
    if (found.length > 0) return killAll(found);
  }
  throw new Missed("it did not run");
}

async function killContainer({ bot }: WholeBot): Promise<void> {
  killAll(await bot.containers());
}

function killAll(pids: readonly number[]): void {
  if (pids.length === 0) throw new Missed("nobody was there");
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // ended by itself meanwhile
    }
  }
}

async function crowd({ local, bot }: WholeBot): Promise<void> {
  const snapshot = () => local.api("/api/snapshot", { method: "POST", body: "{}" });
  await Promise.allSettled([...Array.from({ length: 5 }, () => bot.cron()), snapshot(), snapshot()]);
}

/** The part of the report. */
export function wholeBotPart(results: readonly WholeBotResult[]): string[] {
  const broken = results.filter(({ outcome }) => outcome !== "it knows");
  const rows = [...Map.groupBy(results, ({ fault }) => fault)].sort(([a], [b]) => a.localeCompare(b));
  return [
    "## The whole bot, with the real Hermes",
    "",
    `${results.length} faults on systems made by \`npm run local\`. Before each, \`./talaria chat\` told the bot a name and a snapshot was promoted; after it, \`./talaria chat\` asked for the name, with no other hand.`,
    "",
    "| fault | count | outcome |",
    "| --- | ---: | --- |",
    ...rows.map(([fault, some]) => {
      const known = some.filter(({ outcome }) => outcome === "it knows").length;
      const outcome = known === some.length ? "it knows" : `it knows (${known}), **broken** (${some.length - known})`;
      return `| ${fault} | ${some.length} | ${outcome} |`;
    }),
    ...broken.map(({ fault, outcome }) => `\n- ${fault}: ${outcome}`),
    "",
  ];
}
