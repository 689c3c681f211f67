/** What R2 charges for an idle and for a busy day: operations counted at the binding, times the published prices. */
import type { Stage } from "../e2e/torture/stage.ts";
import { change, withStage } from "./snapshotStage.ts";
import { printTable } from "./table.ts";

/** Dollars per million, and per GB and month. Deletes are free. https://developers.cloudflare.com/r2/pricing/ */
const prices = { classA: 4.5, classB: 0.36, storage: 0.015 };
const classA = /^\S+ (put|list) /;
const classB = /^\S+ (get|head) /;
/** Every five minutes. */
const intervals = 288;
const megabytes = 20;

interface Cost {
  readonly a: number;
  readonly b: number;
}

export async function operations(): Promise<void> {
  await withStage(megabytes, async (stage) => {
    await stage.save();
    const unchanged = await cost(stage, () => stage.save());
    change(stage, 0.01);
    await stage.save();
    const changed = await cost(stage, async () => {
      change(stage, 0.01);
      await stage.save();
    });
    const restored = await cost(stage, () => restart(stage));
    const stored = (await stage.keys()).reduce((sum, { size }) => sum + size, 0);
    const day = (saves: number, each: Cost, wakes: number): Cost => ({
      a: saves * each.a + wakes * restored.a,
      b: saves * each.b + wakes * restored.b,
    });
    const line = (title: string, { a, b }: Cost) => [title, a, b, dollars(a, b), dollars(a * 30, b * 30)].map(String);
    printTable(`operations: R2's, a home of ${megabytes} MB`, [
      ["", "class A", "class B", "dollars", "in 30 days"],
      line("a snapshot that finds nothing changed", unchanged),
      line("a snapshot of a change of 1%", changed),
      line("a restore", restored),
      line(`idle day: ${intervals} intervals, nothing changed`, day(intervals, unchanged, 0)),
      line(`busy day: ${intervals} changes, 4 restores`, day(intervals, changed, 4)),
    ]);
    const month = (stored / 1e9) * prices.storage;
    console.log(`\nThe repository holds ${(stored / 1e6).toFixed(1)} MB: $${month.toFixed(5)} a month.`);
  });
}

async function cost(stage: Stage, work: () => Promise<unknown>): Promise<Cost> {
  const before = (await stage.r2()).counts;
  await work();
  const after = (await stage.r2()).counts;
  const sum = (form: RegExp) =>
    Object.entries(after).reduce(
      (total, [name, count]) => total + (form.test(name) ? count - (before[name] ?? 0) : 0),
      0,
    );
  return { a: sum(classA), b: sum(classB) };
}

async function restart(stage: Stage): Promise<void> {
  const container = stage.container();
  if (container) process.kill(container.pid, "SIGKILL");
  await stage.until("gone", 30, ({ state }) => state !== "ready");
  await stage.post("/api/wake");
}

function dollars(a: number, b: number): string {
  return `$${((a * prices.classA + b * prices.classB) / 1e6).toFixed(4)}`;
}
