/**
 * After many commands everything is where it was: containers, processes, objects in the bucket, rows in the objects' databases.
 * `TALARIA_TEST_COMMANDS` sets how many in each isolation; 500 takes a quarter of an hour.
 */
import fs from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { System } from "../system.ts";
import { ExecStage } from "./stage.ts";

const commands = Number(process.env.TALARIA_TEST_COMMANDS ?? 20);
/** Before the first count, so that what is made once is there. */
const warmUp = 5;
/** Commands at once. With the keeper and a spare they take each name that a box may have: which ones a command gets hangs on how soon others go. */
const parallel = 4;
const isolations = ["session", "command", "shared"] as const;

let stage: ExecStage;
let system: System;
describe.each(isolations)("isolation %s", (isolation) => {
  beforeAll(async () => {
    const spare = isolation === "command" ? 1 : 0;
    stage = await ExecStage.start({ isolation, spare, parallel, commandsPerMinute: 100_000 });
    system = new System(stage.runtime.stateDir);
    await system.remember(process.pid);
  });
  afterAll(() => stage?.stop());

  it(`leaves nothing behind after ${commands} commands`, { timeout: commands * 15_000 + 120_000 }, async () => {
    const session = stage.session("leaks");
    const run = async (number: number) => {
      const tool = number % 10 === 9 ? { kind: "tool" } : {};
      const { exit } = await session.run(
        `echo ${number} > note; (sleep 0.01 &); head -c 20000 /dev/zero; exit 3`,
        tool,
      );
      expect(exit).toBe(3);
    };
    for (let number = 0; number < warmUp; number++) await run(number);
    await Promise.all(Array.from({ length: parallel - 1 }, () => session.run("sleep 5")));
    await session.run("true", { kind: "tool" });
    await settled(isolation);
    const before = await unchanging();
    for (let number = 0; number < commands; number++) await run(number);
    await settled(isolation);
    // The spare may still be at its start.
    const expected = { ...before, audit: before.audit + commands };
    await expect.poll(inventory, { timeout: 60_000, interval: 500 }).toEqual(expected);
  });
});

/** Waits until the containers of commands that are over have gone, and the spare is there again. */
async function settled(isolation: (typeof isolations)[number]): Promise<void> {
  const wanted = isolation === "command" ? { boxes: 1, spare: 1 } : { boxes: 1, spare: 0 };
  await expect.poll(() => stage.boxes(), { timeout: 120_000, interval: 500 }).toMatchObject(wanted);
  const wantedContainers = wanted.boxes + wanted.spare;
  await expect
    .poll(async () => (await stage.containers()).length, { timeout: 60_000, interval: 500 })
    .toBe(wantedContainers);
}

/** What there is once two looks two seconds apart have found the same. */
async function unchanging(): Promise<Inventory> {
  for (let before = await inventory(); ; ) {
    await pause(2_000);
    const now = await inventory();
    if (isDeepStrictEqual(now, before)) return now;
    before = now;
  }
}

interface Inventory {
  readonly containers: number;
  /** Of all containers, and workerd. */
  readonly processes: number;
  /** Durable Objects that ever stored something. */
  readonly objects: number;
  /** Rows in their databases, by class and table, without the audit's. */
  readonly rows: Readonly<Record<string, number>>;
  readonly audit: number;
}

async function inventory(): Promise<Inventory> {
  const folder = path.join(stage.runtime.stateDir, "storage", "do");
  let objects = 0;
  let audit = 0;
  const rows: Record<string, number> = {};
  for (const className of await fs.readdir(folder)) {
    for (const file of await fs.readdir(path.join(folder, className))) {
      if (!/^[0-9a-f]{64}\.sqlite$/.test(file)) continue;
      objects++;
      const database = new DatabaseSync(path.join(folder, className, file), { readOnly: true });
      const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
      for (const table of tables.map(({ name }) => String(name))) {
        const { rows: counted } = database.prepare(`SELECT count(*) AS rows FROM "${table}"`).get() as { rows: number };
        if (table === "audit") audit += counted;
        else if (!table.startsWith("sqlite_"))
          rows[`${className}/${table}`] = (rows[`${className}/${table}`] ?? 0) + counted;
      }
      database.close();
    }
  }
  const containers = (await stage.containers()).length;
  return { containers, processes: (await system.processes()).length, objects, rows, audit };
}
