/** `talaria recovery-kit`: what opens the bot's memory when Worker or stack are gone. Asks neither of them. */
import fs from "node:fs/promises";
import { z } from "zod";
import type { Context } from "../context.ts";
import { CliError } from "../problems.ts";
import { type KitParts, type RecoveryKit, recoveryKit } from "../recovery/kit.ts";
import { kitText } from "../recovery/kitText.ts";
import { namedSchema, placeOf, type RecoveryKeys, type RecoveryPlace, recoverySchema } from "../recovery/place.ts";
import { readConfig, readOutputs } from "../stackOutputs.ts";

/** Options of `recovery-kit`. */
export interface RecoveryKitOptions {
  /** Show the secrets. */
  readonly reveal?: boolean;
  /** A new file for the kit with its secrets. */
  readonly out?: string;
  /** Account and bucket of a stack that is gone. */
  readonly account?: string;
  readonly bucket?: string;
  readonly jurisdiction: string;
  readonly apiUrl: string;
}

/** Prints the kit; secrets only where they were asked for. */
export async function recoveryKitCommand(context: Context, options: RecoveryKitOptions): Promise<void> {
  const { output } = context;
  const { stack, place, keys } = await located(context, options);
  if (options.out === undefined && options.reveal !== true) {
    const kit = recoveryKit({ stack, place });
    return output.result(kit, () => kitText(kit));
  }
  const password = stack === undefined ? undefined : await passwordOf(context, stack);
  const kit = recoveryKit({ stack, place, keys, password });
  if (options.out !== undefined) {
    const file = options.out;
    await writeSecret(file, kitText(kit));
    return output.result({ file, complete: isComplete(kit) }, () => written(file, kit));
  }
  if (process.stdout.isTTY) output.note("warning: these lines show secrets. To keep them off the screen: --out FILE");
  output.result(kit, () => kitText(kit));
}

interface Located extends Omit<KitParts, "password"> {
  readonly place: RecoveryPlace;
  readonly keys?: RecoveryKeys;
}

/** The place that was named, else the one that the stack's outputs name. */
async function located({ stack, output }: Context, options: RecoveryKitOptions): Promise<Located> {
  const { account, bucket, jurisdiction, apiUrl } = options;
  if (account !== undefined || bucket !== undefined) {
    const named = namedSchema.safeParse({ accountId: account, bucket, jurisdiction, apiBaseUrl: apiUrl });
    if (!named.success) throw new CliError("noPlace", { detail: z.prettifyError(named.error) });
    return { stack, place: placeOf(named.data) };
  }
  if (stack === undefined && process.env.TALARIA_URL) throw new CliError("kitNeedsStack");
  const name = stack ?? "local";
  const { recovery } = await readOutputs(name, output);
  const parsed = recoverySchema.safeParse(recovery);
  if (!parsed.success) throw new CliError("noRecovery", { stack: name });
  const { accessKeyId, secretAccessKey, ...place } = parsed.data;
  return { stack: name, place, keys: { accessKeyId, secretAccessKey } };
}

/** A kit without the password still says where it is; only the reader can know whether he has it elsewhere. */
async function passwordOf({ output }: Context, stack: string): Promise<string | undefined> {
  try {
    return await readConfig(stack, "talaria:repositoryPassword");
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    output.note(`warning: the kit holds no password. ${error.message}\n         ${error.next}`);
    return undefined;
  }
}

async function writeSecret(file: string, text: string): Promise<void> {
  await fs.writeFile(file, `${text}\n`, { mode: 0o600, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EEXIST") throw new CliError("fileExists", { file });
    throw new CliError("fileRefused", { file, detail: error.message });
  });
}

function isComplete(kit: RecoveryKit): boolean {
  return !Object.values(kit.environment).includes(null);
}

function written(file: string, kit: RecoveryKit): string {
  const lacks = isComplete(kit) ? "" : " It lacks what it says itself: fill that in.";
  return `${file} holds the recovery kit, readable by you alone.${lacks} Keep it away from this machine and this account.`;
}
