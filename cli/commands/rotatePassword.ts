/**
 * `talaria rotate-password`: another password for the repository, in two steps with an `up` between them.
 *
 * 1. `rotate-password` adds a key for a new password, proves that it opens, and sets the stack's configuration to it.
 * 2. `pulumi up` hands it to the Worker.
 * 3. `rotate-password --finish` proves that the configured password opens and that nothing is left to deploy, then removes the others.
 *
 * The old password opens until the last step. Whatever is broken off can be begun again: a key whose password nobody keeps
 * opens for nobody, and goes in the last step, too.
 */
import { randomBytes } from "node:crypto";
import { canAsk, saysYes } from "../asking.ts";
import type { Context } from "../context.ts";
import { CliError } from "../problems.ts";
import { lastLines, runPulumi } from "../pulumi.ts";
import { type RecoveryPlace, recoverySchema } from "../recovery/place.ts";
import { removeObject } from "../recovery/removeObject.ts";
import { Repository, type RepositoryKey } from "../recovery/restic.ts";
import { withWriteKey } from "../recovery/writeKey.ts";
import { readConfig, readOutputs } from "../stackOutputs.ts";

/** Options of `rotate-password`. */
export interface RotatePasswordOptions {
  /** Remove the old keys. */
  readonly finish?: boolean;
  /** Do not ask. */
  readonly yes?: boolean;
}

/** Where the Worker keeps copies of keys. */
const copies = "talaria/copies/keys/";
const passwordKey = "talaria:repositoryPassword";

/** Begins a rotation, or finishes it. */
export async function rotatePassword(context: Context, options: RotatePasswordOptions): Promise<void> {
  if (context.stack === undefined && process.env.TALARIA_URL) throw new CliError("passwordNeedsStack");
  const stack = context.stack ?? "local";
  const recovery = recoverySchema.safeParse((await readOutputs(stack, context.output)).recovery);
  if (!recovery.success) throw new CliError("noRecovery", { stack });
  const [password, apiToken] = [
    await readConfig(stack, passwordKey),
    await readConfig(stack, "talaria:cloudflareApiToken"),
  ];
  const rotation = { context, stack, place: recovery.data, password, apiToken };
  return options.finish === true ? finish(rotation, options.yes === true) : begin(rotation);
}

interface Rotation {
  readonly context: Context;
  readonly stack: string;
  readonly place: RecoveryPlace;
  /** What the stack's configuration says now. */
  readonly password: string;
  readonly apiToken: string;
}

async function begin({ context: { output }, stack, place, password, apiToken }: Rotation): Promise<void> {
  const fresh = randomBytes(32).toString("base64url");
  await withWriteKey(place, apiToken, async (keys) => {
    const repository = new Repository(place, keys, password);
    await repository.keys();
    output.note("The password of the configuration opens the repository.");
    await repository.addKey(fresh, stack);
    await repository.by(fresh).keys();
    output.note("The new one opens it, too.");
  });
  const set = await runPulumi(["config", "set", "--secret", passwordKey, "--stack", stack], { input: fresh });
  if (set.code !== 0) throw new CliError("passwordNotSet", { stack, detail: lastLines(set.stderr) });
  const next = [
    `npm run pulumi -- up --stack ${stack}`,
    `./talaria rotate-password --finish --stack ${stack}`,
    `npm run pulumi -- config get ${passwordKey} --stack ${stack}`,
  ];
  output.result({ stack, step: "begun", next }, () =>
    [
      `The configuration of stack ${stack} holds a new repository password. The old one still opens. Next:`,
      `  ${next[0]}     hands it to the bot`,
      `  ${next[1]}     ends the old one`,
      `  ${next[2]}     shows the new one: keep a copy elsewhere`,
    ].join("\n"),
  );
}

async function finish(rotation: Rotation, yes: boolean): Promise<void> {
  const { context, stack, place, password, apiToken } = rotation;
  const { output } = context;
  await withWriteKey(place, apiToken, async (keys) => {
    const repository = new Repository(place, keys, password);
    const old = others(await repository.keys());
    const say = (removed: readonly RepositoryKey[], text: string) =>
      output.result({ stack, step: "finished", removed: removed.map(({ id }) => id) }, () => text);
    if (old.length === 0) return say([], "The repository has one key, which the configured password opens.");
    await requireDeployed(rotation);
    if (!yes) await confirm(old, context);
    const names = await repository.keyNames();
    for (const { id } of old) {
      // The Worker keeps copies of keys and would put a lost one back: the copy goes first.
      for (const name of names.filter((one) => one.startsWith(id))) await removeObject(place, keys, copies + name);
      await repository.removeKey(id);
    }
    const left = others(await repository.keys());
    if (left.length > 0)
      throw new CliError("resticFailed", { command: "key remove", detail: `${left.length} are left` });
    say(
      old,
      `Removed ${old.length === 1 ? "one key" : `${old.length} keys`}: the old password opens nothing any more.`,
    );
  });
}

function others(keys: readonly RepositoryKey[]): readonly RepositoryKey[] {
  return keys.filter(({ current }) => !current);
}

/** The bot must hold the new password before the old one ends. */
async function requireDeployed({ context: { output }, stack }: Rotation): Promise<void> {
  output.waiting("asking Pulumi whether the new password was deployed …");
  const preview = await runPulumi(["preview", "--expect-no-changes", "--json", "--stack", stack]);
  output.endWaiting();
  if (preview.code !== 0) throw new CliError("passwordNotDeployed", { stack });
}

async function confirm(old: readonly RepositoryKey[], { output }: Context): Promise<void> {
  if (!canAsk()) throw new CliError("sayYesToKeys");
  for (const { id, userName, hostName, created } of old) output.note(`  ${id}  ${userName}@${hostName}  ${created}`);
  if (!(await saysYes("Remove these keys? Their passwords will open nothing."))) throw new CliError("notConfirmed");
}
