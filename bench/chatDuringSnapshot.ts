/** A chat with the real Hermes while a snapshot is made, against the same chat while none is, and while restic saves the same home by itself. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import type { LocalSystem } from "../e2e/harness.ts";
import { findTools } from "../e2e/torture/tools.ts";
import { chat } from "./chat.ts";
import { findGateway } from "./gatewayProcess.ts";
import { median, quantile } from "./statistics.ts";
import { duration, printTable, ratio } from "./table.ts";
import { withLocal } from "./withLocal.ts";

const rounds = 6;
const chatsEach = 10;
const homeMb = 100;
const megabyte = 1024 * 1024;

export function chatDuringSnapshot(): Promise<void> {
  return withLocal(async (local) => {
    const endpoint = { url: local.url, token: local.clientToken };
    const home = path.dirname((await findGateway(local)).environment.HERMES_HOME);
    const fill = (name: string, megabytes: number) =>
      fs.writeFile(path.join(home, name), randomBytes(megabytes * megabyte));
    await fill("ballast", homeMb);
    await snapshot(local);
    const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-bench-"));
    try {
      const alone = await resticAlone(local, folder);
      await alone();
      for (let warm = 0; warm < 5; warm++) await chat(endpoint, { stream: false });
      const times = { quiet: [] as number[], during: [] as number[], beside: [] as number[] };
      const made = { during: 0, beside: 0 };
      const chats = async (into: number[]) => {
        for (let one = 0; one < chatsEach; one++) into.push((await chat(endpoint, { stream: false })).whole);
      };
      const chatsWhile = async (name: "during" | "beside", work: () => Promise<void>) => {
        await fill("changed", 10);
        let over = false;
        const worked = (async () => {
          while (!over) {
            await work();
            made[name]++;
          }
        })();
        await chats(times[name]);
        over = true;
        await worked;
      };
      for (let round = 0; round < rounds; round++) {
        await chats(times.quiet);
        await chatsWhile("during", () => snapshot(local));
        await chatsWhile("beside", alone);
      }
      const row = (title: string, of: (samples: readonly number[]) => number) => [
        title,
        duration(of(times.quiet)),
        ...[times.during, times.beside].flatMap((some) => [duration(of(some)), ratio(of(some), of(times.quiet))]),
      ];
      printTable(
        `chat: ${rounds * chatsEach} without, during ${made.during} snapshots of a home of ${homeMb} MB, and beside ${made.beside} runs of restic alone`,
        [
          ["", "without", "during snapshots", "ratio", "beside restic alone", "ratio"],
          row("p50", median),
          row("p95", (samples) => quantile(samples, 0.95)),
        ],
      );
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
    }
  });
}

const startedSchema = z.looseObject({ run: z.string() });
const statusSchema = z.looseObject({
  memory: z.looseObject({
    run: z.string().nullable(),
    lastRun: z.looseObject({ run: z.string(), saved: z.boolean() }).nullable(),
  }),
});

/** Takes one and waits for its end as the Agent does when one is due: asking how far it is would start a program in the container each time. */
async function snapshot(local: LocalSystem): Promise<void> {
  const { run } = startedSchema.parse(await (await local.api("/api/snapshot", { method: "POST", body: "{}" })).json());
  for (;;) {
    const { memory } = statusSchema.parse(await (await local.api("/api/status")).json());
    if (memory.lastRun?.run === run && memory.run === null) {
      if (!memory.lastRun.saved) throw new Error(`the snapshot ${run} was not made: ${JSON.stringify(memory)}`);
      return;
    }
    await pause(500);
  }
}

/** `restic backup` of the bot's home into a folder, with the priority and the threads of a snapshot: neither Worker nor R2 take part. */
async function resticAlone(local: LocalSystem, folder: string): Promise<() => Promise<void>> {
  const { restic } = await findTools();
  const { environment } = await findGateway(local);
  const env = {
    PATH: process.env.PATH ?? "",
    GOMAXPROCS: "2",
    RESTIC_PASSWORD: "only of this bench",
    RESTIC_REPOSITORY: path.join(folder, "repository"),
    RESTIC_CACHE_DIR: path.join(folder, "cache"),
  };
  const run = async (...words: string[]) => {
    const child = spawn("setsid", ["--wait", "chrt", "--idle", "0", restic, ...words], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once("error", reject).once("exit", resolve),
    );
    // 3: files changed while they were read, as those of a bot that lives do.
    if (code !== 0 && code !== 3) throw new Error(`restic ${words[0]} ended with ${code}`);
  };
  await run("init", "--quiet");
  return () => run("backup", "--quiet", path.dirname(environment.HERMES_HOME));
}
