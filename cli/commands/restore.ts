/** `talaria restore`: makes a snapshot the bot's memory again. What is, is saved first, so the way back stays open. */
import { canAsk, saysYes } from "../asking.ts";
import type { Context } from "../context.ts";
import { described, short, snapshotTyped } from "../describing.ts";
import type { Snapshot } from "../memoryApi.ts";
import { CliError } from "../problems.ts";
import { restored } from "../restoring.ts";
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
  const chosen = await snapshotTyped(bot, id);
  if (!yes) await confirmed(chosen);
  const call = { method: "POST", path: "/api/restore", body: { id: chosen.id, force } } as const;
  const { run, result, ms } = await restored(bot, output, "restoring", call);
  const { before, after, unsaved } = result;
  output.result(run, () =>
    [
      `restored in ${duration(ms)}`,
      `  was  ${described(before)}`,
      `  is   ${described(after ?? chosen)}`,
      ...(unsaved
        ? [`  lost: what came after ${before?.id ? short(before.id) : "it"} could not be saved: ${unsaved}`]
        : []),
      ...(before?.id
        ? [
            `What changed: ./talaria diff ${short(before.id)} ${short(chosen.id)}`,
            `Forward again: ./talaria restore ${short(before.id)}`,
          ]
        : []),
    ].join("\n"),
  );
}

/** Asks at a terminal; anywhere else the answer has to come with the command. */
async function confirmed(chosen: Snapshot): Promise<void> {
  if (!canAsk()) throw new CliError("sayYes", { id: short(chosen.id) });
  const bad =
    chosen.verdict === "promoted" ? "" : ` It was never promoted (${chosen.verdict}: ${chosen.problem ?? "-"}).`;
  const what = `The bot stops, its memory is saved, then becomes ${described(chosen)}.${bad}`;
  if (!(await saysYes(`${what}\nGo on?`))) throw new CliError("notConfirmed");
}
