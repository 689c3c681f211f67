/** `talaria diff`: what is different in another snapshot. */
import type { Context } from "../context.ts";
import { idTyped } from "../describing.ts";
import { followed } from "../follow.ts";
import { diffSchema } from "../memoryApi.ts";
import { CliError } from "../problems.ts";
import { size } from "../sizes.ts";

/** Prints each path that differs: `+` is new in the second, `-` gone, `M` another content or mode. */
export async function diff({ output, client }: Context, from: string, to: string): Promise<void> {
  const query = new URLSearchParams({ from: idTyped(from), to: idTyped(to) });
  const bot = await client();
  const call = { method: "GET", path: `/api/snapshots/diff?${query}` } as const;
  const { run, result } = await followed(bot, output, "comparing", call, diffSchema);
  const { outcome, changes, counts, problem } = result;
  if (outcome !== "compared") throw new CliError("notCompared", { detail: problem?.message ?? outcome }, problem?.code);
  const all = counts.added + counts.removed + counts.changed;
  output.result(run.result, () =>
    [
      ...changes.map(({ path, change, bytes, was }) => `${change} ${path}  ${sizes(was, bytes)}`.trimEnd()),
      ...(changes.length < all ? [`… and ${all - changes.length} more`] : []),
      `${counts.added} added, ${counts.removed} removed, ${counts.changed} changed`,
    ].join("\n"),
  );
}

function sizes(was: number | null | undefined, is: number | null | undefined): string {
  const known = [was, is].filter((value) => value !== null && value !== undefined);
  return known.map((value) => size(value)).join(" → ");
}
