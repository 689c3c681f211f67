/** `talaria snapshot`: saves what the bot knows now. */

import type { Context } from "../context.ts";
import { short } from "../describing.ts";
import { followed } from "../follow.ts";
import { madeSchema, snapshotsSchema } from "../memoryApi.ts";
import { CliError } from "../problems.ts";
import { size } from "../sizes.ts";
import { duration } from "../times.ts";

/** Options of `snapshot`. */
export interface SnapshotOptions {
  /** A home that shrank is right. */
  readonly trustShrunk?: boolean;
}

/** Saves the memory and says what came of it. What was not promoted is an error: the memory is still the one before. */
export async function snapshot({ output, client }: Context, { trustShrunk = false }: SnapshotOptions): Promise<void> {
  const bot = await client();
  const call = { method: "POST", path: "/api/snapshot", body: { trustShrunk } } as const;
  const { run, result, ms } = await followed(bot, output, "saving the memory", call, madeSchema);
  const { outcome, problem } = result;
  if (outcome !== "made" && outcome !== "unchanged") {
    const detail = problem?.message ?? outcome;
    throw new CliError("notSaved", { detail, advice: problem?.next ?? "See why: ./talaria status" }, problem?.code);
  }
  const books = (await bot.api({ method: "GET", path: "/api/snapshots" }, snapshotsSchema)).value;
  const id = outcome === "made" ? result.snapshot : books.current;
  const found = books.snapshots.find((one) => one.id === id);
  if (outcome === "made" && found?.verdict !== "promoted") {
    const detail = `${short(id)} is kept, but not promoted (${found?.verdict ?? "unknown"}: ${found?.problem ?? "-"})`;
    const advice =
      found?.verdict === "shrunk"
        ? "If that is right: ./talaria snapshot --trust-shrunk"
        : "The memory is still the one before: ./talaria snapshots";
    throw new CliError("notSaved", { detail, advice }, `snapshot_${found?.verdict ?? "unknown"}`);
  }
  const snapshot = found ?? null;
  output.result({ ...run, snapshot }, () => {
    if (outcome === "unchanged") return `nothing has changed since ${short(id)}`;
    const { tree, addedBytes } = found ?? {};
    return `saved as ${short(id)} in ${duration(ms)}: ${tree?.files ?? "-"} files, ${size(tree?.bytes)}, of which ${size(addedBytes)} are new`;
  });
}
