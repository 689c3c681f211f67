/** `talaria import`: a home from elsewhere becomes the bot's memory. What the bot knows is saved first, so the way back stays open. */
import { statusSchema, wakeSchema } from "../api.ts";
import { type Archive, archiveAt } from "../archive.ts";
import { canAsk, saysYes } from "../asking.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { described, short } from "../describing.ts";
import { followed } from "../follow.ts";
import { type Imported, importedSchema, type Run, receivedSchema, snapshotsSchema } from "../memoryApi.ts";
import type { Output } from "../output.ts";
import { CliError } from "../problems.ts";
import { restored } from "../restoring.ts";
import { size } from "../sizes.ts";
import { duration } from "../times.ts";

/** Options of `import`. */
export interface ImportOptions {
  /** The bot will know only what is imported. */
  readonly replace?: boolean;
  /** The bot gets what it lacks. */
  readonly merge?: boolean;
  /** Takes also what is older than what the bot knows. */
  readonly force?: boolean;
  /** Does not ask. */
  readonly yes?: boolean;
}

/** Sends it, has a snapshot made of it, and makes that the memory. Where it fails, the bot goes on as it was. */
export async function importFrom({ output, client }: Context, given: string, options: ImportOptions): Promise<void> {
  const archive = await archiveAt(given);
  const bot = await client();
  if (!options.yes) await confirmed(given, options);
  const { desired } = (await bot.api({ method: "GET", path: "/api/status" }, statusSchema)).value;
  try {
    await take(bot, output, archive, options);
  } catch (error) {
    if (desired === "running") await startedAgain(bot, output, error);
    throw error;
  }
}

async function take(bot: Client, output: Output, archive: Archive, options: ImportOptions): Promise<void> {
  const mode = options.merge ? "merge" : options.replace ? "replace" : undefined;
  const call = { method: "POST", path: "/api/import", body: { mode, force: options.force ?? false } } as const;
  let sent = false;
  const sendOnce = async ({ run, progress }: Run) => {
    if (sent || progress?.step !== "ready") return;
    sent = true;
    await send(bot, run, archive, output);
  };
  const { begun, run, result, ms } = await followed(bot, output, "importing", call, importedSchema, sendOnce);
  const made = await whole(bot, result, archive.sha256(), begun.before ?? null);
  const choose = { method: "POST", path: "/api/restore", body: { id: made } } as const;
  const taken = await restored(bot, output, "taking it as the memory", choose);
  const { before, after } = taken.result;
  output.result({ ...run.result, sentBytes: archive.bytes, before: before ?? null, after: after ?? null }, () =>
    [
      `imported from ${archive.path} (${kinds[result.source ?? ""] ?? "a home"}, ${size(archive.bytes)} sent) in ${duration(ms + taken.ms)}`,
      `  was  ${described(before)}`,
      `  is   ${described(after)}`,
      ...(begun.onto ? [`  ${keptText(result)}`] : []),
      ...(before?.id ? [`What changed: ./talaria diff ${short(before.id)} ${short(made)}`] : []),
      ...(before?.id ? [`Back: ./talaria restore ${short(before.id)}`] : []),
    ].join("\n"),
  );
}

/** Streams the archive to the run that waits for it. */
async function send(bot: Client, run: string, archive: Archive, output: Output): Promise<void> {
  const ticker = setInterval(() => output.waiting(`sending … ${size(archive.bytes)}`), 1000);
  try {
    const path = `/api/imports/${run}`;
    await bot.api({ method: "PUT", path, stream: archive.pieces() }, receivedSchema);
  } catch (error) {
    throw archive.problem ?? error;
  } finally {
    clearInterval(ticker);
  }
}

/** The snapshot that was made, if it is what was sent, and if the bot has learned nothing since. */
async function whole(bot: Client, result: Imported, sha256: string, before: string | null): Promise<string> {
  const { outcome, snapshot, problem, received } = result;
  if (outcome !== "made" || !snapshot) {
    const advice = problem?.next ?? "See how it stands: ./talaria status";
    throw new CliError("notImported", { detail: problem?.message ?? outcome, advice }, problem?.code);
  }
  if (received?.sha256 !== sha256) throw new CliError("importBroken");
  const books = (await bot.api({ method: "GET", path: "/api/snapshots" }, snapshotsSchema)).value;
  const found = books.snapshots.find(({ id }) => id === snapshot);
  if (found?.verdict !== "promoted") {
    const detail = `${short(snapshot)} is kept, but not sound (${found?.verdict ?? "unknown"}: ${found?.problem ?? "-"})`;
    throw new CliError("notImported", {
      detail,
      advice: `To take it all the same: ./talaria restore ${short(snapshot)}`,
    });
  }
  if ((books.current ?? null) !== before) throw new CliError("memoryMoved", { id: short(snapshot) });
  return snapshot;
}

/** The import has stopped it. @throws CliError `leftStopped` where it does not start */
async function startedAgain(bot: Client, output: Output, error: unknown): Promise<void> {
  try {
    const { desired } = (await bot.api({ method: "GET", path: "/api/status" }, statusSchema)).value;
    if (desired !== "stopped") return;
    output.waiting("starting the bot again …");
    await bot.api({ method: "POST", path: "/api/wake" }, wakeSchema);
  } catch {
    const { message, code } = error instanceof CliError ? error : { message: String(error), code: undefined };
    throw new CliError("leftStopped", { detail: message }, code);
  } finally {
    output.endWaiting();
  }
}

/** Asks at a terminal where the memory would change; anywhere else the answer has to come with the command. */
async function confirmed(given: string, { replace, merge }: ImportOptions): Promise<void> {
  if (!replace && !merge) return; // refused by a bot that knows anything
  if (!canAsk()) throw new CliError("sayYesToImport", { path: given, mode: merge ? "merge" : "replace" });
  const becomes = merge ? `gets what ${given} holds and it lacks` : `knows only what ${given} holds`;
  if (!(await saysYes(`The bot stops, its memory is saved, then it ${becomes}.\nGo on?`)))
    throw new CliError("notConfirmed");
}

function keptText({ added, kept, keptCount }: Imported): string {
  const some = (kept ?? []).slice(0, 5).join(", ");
  const stayed = keptCount ? `; ${keptCount} stayed as they were: ${some}${keptCount > 5 ? ", …" : ""}` : "";
  return `${added ?? 0} entries came${stayed}`;
}

const kinds: Readonly<Record<string, string>> = {
  export: "an export of a bot",
  hermes: "a folder of Hermes",
  service: "the home of a service",
};
