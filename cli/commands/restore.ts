/** `talaria restore`: makes a snapshot the bot's memory again. What is, is saved first, so the way back stays open. */
import { canAsk, saysYes } from "../asking.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { described, short } from "../describing.ts";
import { followed } from "../follow.ts";
import { restoredSchema, type Snapshot, snapshotsSchema } from "../memoryApi.ts";
import { CliError } from "../problems.ts";
import { duration } from "../times.ts";

/** Options of `restore`. */
export interface RestoreOptions {
  /** Does not ask. */
  readonly yes?: boolean;
  /** Goes on where what is cannot be saved. */
  readonly force?: boolean;
}

/** Restores and says what changed. */
export async function restore({ output, client }: Context, id: string, options: RestoreOptions): Promise<void> {
  const { yes = false, force = false } = options;
  const bot = await client();
  const chosen = await find(bot, id);
  if (!yes) await confirmed(chosen);
  const call = { method: "POST", path: "/api/restore", body: { id: chosen.id, force } } as const;
  const { run, result, ms } = await followed(bot, output, "restoring", call, restoredSchema);
  if (result.outcome !== "done") throw new CliError("notRestored", { detail: result.problem ?? result.outcome });
  const { before, after, unsaved } = result;
  output.result(run, () =>
    [
      `restored in ${duration(ms)}`,
      `  was  ${described(before)}`,
      `  is   ${described(after ?? chosen)}`,
      ...(unsaved ? [`  lost: what came after ${before?.id?.slice(0, 8) ?? "it"} could not be saved: ${unsaved}`] : []),
      ...(before?.id
        ? [
            `What changed: ./talaria diff ${short(before.id)} ${short(chosen.id)}`,
            `Forward again: ./talaria restore ${short(before.id)}`,
          ]
        : []),
    ].join("\n"),
  );
}

async function find(bot: Client, id: string): Promise<Snapshot> {
  if (!/^[0-9a-f]{6,64}$/.test(id)) throw new CliError("snapshotId", { id });
  const { snapshots } = (await bot.api({ method: "GET", path: "/api/snapshots" }, snapshotsSchema)).value;
  const found = snapshots.filter((one) => one.id.startsWith(id));
  const [first] = found;
  if (first === undefined) throw new CliError("snapshotUnknown", { id });
  if (found.length > 1) throw new CliError("snapshotAmbiguous", { id, count: found.length });
  return first;
}

/** Asks at a terminal; anywhere else the answer has to come with the command. */
async function confirmed(chosen: Snapshot): Promise<void> {
  if (!canAsk()) throw new CliError("sayYes", { id: short(chosen.id) });
  const bad =
    chosen.verdict === "promoted" ? "" : ` It was never promoted (${chosen.verdict}: ${chosen.problem ?? "-"}).`;
  const what = `The bot stops, its memory is saved, then becomes ${described(chosen)}.${bad}`;
  if (!(await saysYes(`${what}\nGo on?`))) throw new CliError("notConfirmed");
}
