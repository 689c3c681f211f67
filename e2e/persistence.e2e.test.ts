/** What persists across what: each cell of the README's table, done to one bot and looked at. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LocalSystem, startLocal } from "./harness.ts";
import { events } from "./persistence/events.ts";
import { type Outcome, outcomeOf, tableInReadme, tableOf } from "./persistence/table.ts";
import { placeOf, things } from "./persistence/things.ts";
import { Snapshots } from "./snapshots.ts";

let local: LocalSystem;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local?.stop());

it("is what the README's table says", { timeout: 1_800_000 }, async () => {
  const cells = new Map<string, Outcome[]>(things.map(({ name }) => [name, []]));
  const mark = async (at: LocalSystem, word: string) => {
    const place = await placeOf(at);
    for (const { put } of things) await put(place, word);
    return place;
  };
  let current = local;
  let before = "";
  for (const [at, { name, happen, undoesTheOneBefore }] of events.entries()) {
    const saved = undoesTheOneBefore ? before : `mark-${at}-saved`;
    const latest = `mark-${at}-latest`;
    if (!undoesTheOneBefore) await mark(current, saved);
    await new Snapshots(current).take();
    const snapshot = (await new Snapshots(current).all()).current ?? "";
    const place = await mark(current, latest);
    const began = performance.now();
    current = await happen(place, snapshot);
    const after = await placeOf(current);
    for (const { name: thing, marks } of things) cells.get(thing)?.push(outcomeOf(await marks(after), saved, latest));
    process.stdout.write(`${name}: ${((performance.now() - began) / 1000).toFixed(1)} s\n`);
    before = latest;
  }
  const seen = tableOf(
    events.map(({ name }) => name),
    cells,
  );
  process.stdout.write(`${seen}\n`);
  expect(await tableInReadme(seen)).toBe(seen);
});
