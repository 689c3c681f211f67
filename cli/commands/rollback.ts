/** `talaria rollback`: undoes an upgrade of Hermes. Image and state go back together, by the snapshot that was made between. */
import { statusSchema, wakeSchema } from "../api.ts";
import { canAsk, saysYes } from "../asking.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import { short } from "../describing.ts";
import { type Snapshot, snapshotsSchema } from "../memoryApi.ts";
import { CliError } from "../problems.ts";
import { restored } from "../restoring.ts";
import { declaredImage, declareImage, deploy, linesToDeploy } from "../stackImage.ts";
import { moment, relative } from "../times.ts";

/** Options of `rollback`. */
export interface RollbackOptions {
  /** Does not ask. */
  readonly yes?: boolean;
  /** Goes on where what is cannot be saved. */
  readonly force?: boolean;
}

/** An upgrade and the snapshot that was made for it. */
interface Pair {
  readonly snapshot: Snapshot;
  readonly before: string;
  readonly now: string;
}

/** Puts back what was before the last upgrade. Each half that fails says what to type to go on, and to go back. */
export async function rollback(
  { output, client }: Context,
  { yes = false, force = false }: RollbackOptions,
): Promise<void> {
  const bot = await client();
  const { stack } = bot.target;
  if (stack === undefined) throw new CliError("rollbackNeedsStack");
  const { value: status } = await bot.api({ method: "GET", path: "/api/status" }, statusSchema);
  const pair = await lastUpgrade(bot, status.images.hermes?.declared ?? "unknown");
  const { snapshot, before, now } = pair;
  const versions = [snapshot.versions?.hermes, status.runningVersions?.hermes ?? status.versions.hermes] as const;
  if (!yes) await confirmed(output.note.bind(output), pair, versions);

  const configured = await declaredImage(stack);
  const call = { method: "POST", path: "/api/rollback", body: { id: snapshot.id, force } } as const;
  const { result } = await restored(bot, output, "putting the state back", call, "stateNotBack");
  const latest = short(result.before?.id);
  const restoreLatest = !result.before?.id ? [] : [`./talaria restore ${latest} --stack ${stack}`];
  const forward = [...linesToDeploy(stack, configured), ...restoreLatest];
  const on = [...linesToDeploy(stack, before), `./talaria wake --stack ${stack}`];

  const unnamed = await declareImage(stack, before);
  if (unnamed !== undefined)
    throw new CliError("imageNotNamed", { detail: unnamed, on: lines(on), back: lines(restoreLatest) });
  const undeployed = await deploy(stack);
  if (undeployed !== undefined)
    throw new CliError("imageNotBack", { detail: undeployed, on: lines(on.slice(1)), back: lines(forward) });
  await start(bot, snapshot.id, output).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error;
    throw new CliError("backNotStarted", { detail: error.message, back: lines(forward) }, error.code);
  });

  const told = {
    snapshot: snapshot.id,
    image: { before: now, after: before },
    memoryBefore: result.before?.id ?? null,
    forward,
  };
  output.result(told, () =>
    [
      "rolled back",
      `  image   ${before}  (Hermes ${versions[0] ?? "-"}; Pulumi.${stack}.yaml names it now)`,
      `  memory  ${described(snapshot)}`,
      ...(result.unsaved ? [`  lost: what came after ${latest} could not be saved: ${result.unsaved}`] : []),
      "Forward again:",
      ...forward.map((line) => `  ${line}`),
    ].join("\n"),
  );
}

/** The newest snapshot that was made for an upgrade to the declared image, else the last one of the image before. */
async function lastUpgrade(bot: Client, declared: string): Promise<Pair> {
  const all = (await bot.api({ method: "GET", path: "/api/snapshots" }, snapshotsSchema)).value.snapshots;
  const promoted = all.filter(({ verdict }) => verdict === "promoted");
  const tagged = promoted.find(({ tags }) => tags?.["upgrade-to"] === declared);
  const snapshot = tagged ?? lastOfImageBefore(promoted, declared);
  const before = tagged?.tags?.["upgrade-from"] ?? snapshot?.versions?.image;
  if (snapshot === undefined || !before || before === "unknown") throw new CliError("noUpgrade", { image: declared });
  return { snapshot, before, now: declared };
}

/** For a bot that slept while it was upgraded. An image that ran before as well is the one that somebody rolled back to. */
function lastOfImageBefore(snapshots: readonly Snapshot[], declared: string): Snapshot | undefined {
  const last = snapshots.findIndex(({ versions }) => versions?.image && versions.image !== declared);
  const wasThere = snapshots.slice(last + 1).some(({ versions }) => versions?.image === declared);
  return last < 0 || wasThere ? undefined : snapshots[last];
}

async function confirmed(
  note: (text: string) => void,
  { snapshot, before, now }: Pair,
  [was, is]: readonly [string | null | undefined, string | null | undefined],
): Promise<void> {
  if (!canAsk()) throw new CliError("sayYesToRollback");
  note(`image   ${now}  (Hermes ${is ?? "-"})\n     →  ${before}  (Hermes ${was ?? "-"})`);
  note(`memory  →  ${described(snapshot)}`);
  if (!(await saysYes("The bot stops, its memory is saved, then both go back.\nGo on?")))
    throw new CliError("notConfirmed");
}

/** A chat may have woken the bot over the old state before the old image was there: then the state goes back once more. */
async function start(bot: Client, id: string, output: Context["output"]): Promise<void> {
  const { current } = (await bot.api({ method: "GET", path: "/api/snapshots" }, snapshotsSchema)).value;
  if (current === id) {
    output.waiting("waking the bot …");
    await bot.api({ method: "POST", path: "/api/wake" }, wakeSchema).finally(() => output.endWaiting());
    return;
  }
  const call = { method: "POST", path: "/api/restore", body: { id } } as const;
  await restored(bot, output, "putting the state back once more", call);
}

function described({ id, at }: Snapshot): string {
  return `${short(id)} of ${moment(at)} (${relative(at, new Date())})`;
}

const lines = (all: readonly string[]) => all.map((line) => `\n  ${line}`).join("");
