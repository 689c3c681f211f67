/** A cold wake against the size of the home and against the number of snapshots in the repository. */
import fs from "node:fs/promises";
import path from "node:path";
import type { Stage } from "../e2e/torture/stage.ts";
import { run } from "../local/toolchain/run.ts";
import { timed } from "./rounds.ts";
import { killContainer, withStage } from "./snapshotStage.ts";
import { sizes } from "./snapshots.ts";
import { median } from "./statistics.ts";
import { duration, printTable } from "./table.ts";

const rounds = 3;
/** Snapshots in the repository: the environment's BENCH_HISTORY. */
const lengths = () => (process.env.BENCH_HISTORY ?? "1,300,2000").split(",").map(Number);
const homeMb = 10;

export async function history(): Promise<void> {
  const bySize: string[][] = [["home", "wake, until it is ready", "of it the restore", "first answer"]];
  for (const size of [1, ...sizes()]) {
    await withStage(size, async (stage) => {
      await stage.save();
      bySize.push([`${size} MB`, ...(await wakes(stage))]);
    });
  }
  printTable(`wake: medians of ${rounds}, stand-in for Hermes`, bySize);
  const byLength: string[][] = [
    ["snapshots", "wake, until it is ready", "of it the restore", "first answer", "the next snapshot"],
  ];
  await withStage(homeMb, async (stage) => {
    await stage.save();
    for (const length of lengths()) {
      const there = await lengthen(stage, length);
      const times = await wakes(stage);
      byLength.push([String(there), ...times, duration(await timed(() => stage.save()))]);
    }
  });
  printTable(`wake: a home of ${homeMb} MB, medians of ${rounds}`, byLength);
}

async function wakes(stage: Stage): Promise<string[]> {
  const samples: { ready: number; restore: number; answer: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    await killContainer(stage);
    const ready = await timed(() => stage.post("/api/wake"));
    const { transitions } = (await stage.status()) as unknown as {
      transitions: { from: string; to: string; ms: number }[];
    };
    const restore = transitions.findLast(({ from, to }) => from === "fresh" && to === "restored")?.ms ?? Number.NaN;
    const answer = await timed(async () => {
      const headers = { authorization: `Bearer ${stage.secrets.clientToken}`, "content-type": "application/json" };
      const body = JSON.stringify({ messages: [{ role: "user", content: "hello" }] });
      const response = await fetch(`${stage.url}/v1/chat/completions`, { method: "POST", headers, body });
      if (!response.ok) throw new Error(`chat: ${response.status} ${await response.text()}`);
    });
    samples.push({ ready, restore, answer });
  }
  return (["ready", "restore", "answer"] as const).map((part) => duration(median(samples.map((one) => one[part]))));
}

/** More snapshots of the same home: `restic rewrite` doubles them with another host name, which touches no data. */
async function lengthen(stage: Stage, length: number): Promise<number> {
  const folder = path.join(stage.folder, "lengthened");
  const before = await stage.keys();
  if (before.filter(({ key }) => key.startsWith("snapshots/")).length >= length) return count(stage);
  for (const { key } of before.filter(({ key }) => !key.startsWith("talaria/"))) {
    await fs.mkdir(path.dirname(path.join(folder, key)), { recursive: true });
    await fs.writeFile(path.join(folder, key), (await stage.object(key)) ?? "");
  }
  const { restic } = stage.tools;
  const env = {
    PATH: process.env.PATH ?? "",
    RESTIC_PASSWORD: stage.secrets.repositoryPassword,
    RESTIC_REPOSITORY: folder,
    RESTIC_CACHE_DIR: path.join(stage.folder, "lengthened-cache"),
  };
  for (let host = 1; ; host++) {
    const there = (await fs.readdir(path.join(folder, "snapshots"))).length;
    if (there >= length) break;
    const last = await run(restic, ["rewrite", "--new-host", `h${host}`, "--no-lock"], { env });
    if (last.code !== 0) throw new Error(`restic rewrite: ${last.stderr}`);
  }
  const known = new Set(before.map(({ key }) => key));
  const fresh = (await fs.readdir(path.join(folder, "snapshots"))).filter((id) => !known.has(`snapshots/${id}`));
  const missing = length - [...known].filter((key) => key.startsWith("snapshots/")).length;
  const { memory } = await stage.status();
  const record = JSON.parse(String(await stage.object(`talaria/snapshots/${memory.promoted?.id}.json`)));
  for (const id of fresh.slice(0, missing)) {
    await stage.put(`snapshots/${id}`, await fs.readFile(path.join(folder, "snapshots", id)));
    const older = { ...record, id, at: new Date(Date.parse(record.at) - 86_400_000).toISOString(), promotion: null };
    await stage.put(`talaria/snapshots/${id}.json`, Buffer.from(JSON.stringify(older)));
  }
  await fs.rm(folder, { recursive: true, force: true });
  return count(stage);
}

async function count(stage: Stage): Promise<number> {
  return (await stage.keys("snapshots/")).length;
}
