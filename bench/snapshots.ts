/** Time and bytes of a snapshot and a restore against the size of the home and the share that changed, beside the SDK's own backups. */

import type { Stage } from "../e2e/torture/stage.ts";
import { timed } from "./rounds.ts";
import { change, homeOf, killContainer, withStage } from "./snapshotStage.ts";
import { median } from "./statistics.ts";
import { duration, printTable, ratio } from "./table.ts";

const shares = [0, 0.01, 0.1, 1];
/** The most that a snapshot may take, in seconds: a gigabyte on a busy machine. */
const patience = 1800;
/** A home of a gigabyte takes minutes. */
const roundsOf = (megabytes: number) => (megabytes < 1000 ? 3 : 1);

/** Sizes in MB: the environment's BENCH_SIZES, such as `10,100,1000`. */
export const sizes = (): number[] => (process.env.BENCH_SIZES ?? "10,100").split(",").map(Number);

interface Sample {
  readonly ms: number;
  readonly bytes: number;
}

export async function snapshots(): Promise<void> {
  const made: string[][] = [
    ["home", "change", "restic", "uploaded", "SDK backup", "uploaded", "time", "bytes"].map(String),
  ];
  const restored: string[][] = [["home", "restic into a fresh container", "SDK restore", "ratio"]];
  for (const size of sizes()) {
    await withStage(size, async (stage) => {
      const rounds = roundsOf(size);
      const first = { ours: await ours(stage), theirs: await theirs(stage) };
      made.push(row(size, "first", [first.ours], [first.theirs]));
      for (const share of shares) {
        const [mine, sdk]: [Sample[], Sample[]] = [[], []];
        for (let round = 0; round < rounds; round++) {
          change(stage, share);
          mine.push(await ours(stage));
          sdk.push(await theirs(stage));
        }
        made.push(row(size, `${share * 100}%`, mine, sdk));
      }
      const [mine, sdk]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        sdk.push(await theirRestore(stage));
        mine.push(await restoreOf(stage));
      }
      restored.push([`${size} MB`, duration(median(mine)), duration(median(sdk)), ratio(median(mine), median(sdk))]);
    });
  }
  printTable(`snapshots: medians of 3, from 1000 MB on one; uploaded in MB`, made);
  printTable("restores: medians of 3, from 1000 MB on one", restored);
}

async function ours(stage: Stage): Promise<Sample> {
  const before = stage.door.bytes.up;
  const ms = await timed(() => stage.save(patience));
  return { ms, bytes: stage.door.bytes.up - before };
}

/** NaN where the SDK's own way fails: it holds the whole archive in the object's memory. */
async function theirs(stage: Stage): Promise<Sample> {
  const began = performance.now();
  try {
    const { size } = (await bench(stage, "backup")) as { size: number };
    return { ms: performance.now() - began, bytes: size };
  } catch (error) {
    console.error(`the SDK's backup failed: ${String(error)}`);
    return { ms: Number.NaN, bytes: Number.NaN };
  }
}

async function theirRestore(stage: Stage): Promise<number> {
  try {
    return await timed(() => bench(stage, "restore"));
  } catch (error) {
    console.error(`the SDK's restore failed: ${String(error)}`);
    return Number.NaN;
  }
}

/** Time of the run itself: from the container's first command to a home that is whole. */
async function restoreOf(stage: Stage): Promise<number> {
  await killContainer(stage);
  await stage.post("/api/wake");
  const { transitions } = (await stage.status()) as unknown as {
    transitions: { from: string; to: string; ms: number }[];
  };
  return transitions.findLast(({ from, to }) => from === "fresh" && to === "restored")?.ms ?? Number.NaN;
}

async function bench(stage: Stage, what: string): Promise<unknown> {
  const dir = what === "backup" ? homeOf(stage) : `${homeOf(stage)}-sdk`;
  const response = await fetch(`${stage.url}/bench/${what}?dir=${encodeURIComponent(dir)}`);
  if (!response.ok) throw new Error(`${what}: ${response.status} ${await response.text()}`);
  return response.json();
}

function row(size: number, what: string, ours: readonly Sample[], theirs: readonly Sample[]): string[] {
  const [ms, bytes] = [ours, theirs].map((all) => [
    median(all.map((one) => one.ms)),
    median(all.map((one) => one.bytes)),
  ]) as [[number, number], [number, number]];
  const megabytes = (value: number) => (Number.isNaN(value) ? "–" : (value / 1e6).toFixed(2));
  return [
    `${size} MB`,
    what,
    duration(ms[0]),
    megabytes(ms[1]),
    duration(bytes[0]),
    megabytes(bytes[1]),
    ratio(ms[0], bytes[0]),
    ratio(ms[1], bytes[1]),
  ];
}
