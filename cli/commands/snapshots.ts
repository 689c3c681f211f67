/** `talaria snapshots`: what is saved, the newest first. */

import type { Context } from "../context.ts";
import { short } from "../describing.ts";
import { type Snapshot, snapshotsSchema } from "../memoryApi.ts";
import { size } from "../sizes.ts";
import { table } from "../tables.ts";
import { relative } from "../times.ts";

const head = ["", "id", "age", "size", "added", "hermes", "why", "verdict"];

/** Prints a table; `--json` is an array of the bot's records, each with `current`. */
export async function snapshots({ output, client }: Context): Promise<void> {
  const bot = await client();
  const { value } = await bot.api({ method: "GET", path: "/api/snapshots" }, snapshotsSchema);
  const list = value.snapshots.map((one) => ({ ...one, current: one.id === value.current }));
  output.result(list, () => (list.length === 0 ? "nothing is saved yet" : snapshotTable(list, new Date())));
}

/** The human view; `*` is the memory. */
function snapshotTable(list: readonly (Snapshot & { current: boolean })[], now: Date): string {
  const rows = list.map((one) => [
    one.current ? "*" : "",
    short(one.id),
    relative(one.at, now),
    size(one.tree?.bytes),
    size(one.addedBytes),
    one.versions?.hermes ?? "-",
    one.reason ?? "-",
    [one.verdict ?? "-", ...(one.problem ? [one.problem] : [])].join(": "),
  ]);
  return table(head, rows);
}
