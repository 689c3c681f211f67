/** Files of local stacks in the state folder. The only place that knows their names. */
import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { readIfThere, writeWhole } from "./folder.ts";
import type { StackConfig } from "./mergeConfig.ts";
import { ToolchainProblem } from "./problem.ts";

const stackFileSchema = z.object({
  encryptionsalt: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});
/** A stack's config file. */
export interface StackFile {
  readonly encryptionsalt?: string | undefined;
  readonly config: StackConfig;
}

const recordSchema = z.object({
  salt: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  /** Secret key → digest of the value that its ciphertext in `config` holds. */
  digests: z.record(z.string(), z.string()),
});
/** What the toolchain wrote into a stack's config file the last time. */
export type WrittenRecord = z.infer<typeof recordSchema>;

/** Paths of the local stacks under a state folder. */
export function localFiles(stateDir: string) {
  const stacks = path.join(stateDir, "stacks");
  return {
    /** Backend of the local stacks. */
    backend: path.join(stateDir, "pulumi"),
    /** Folder of the generated config files, with a small Pulumi.yaml of its own. */
    stacks,
    projectFile: path.join(stacks, "Pulumi.yaml"),
    passphrase: path.join(stateDir, "passphrase"),
    config: (stack: string) => path.join(stacks, `Pulumi.${stack}.yaml`),
    record: (stack: string) => path.join(stacks, `${stack}.written.json`),
    /** Outlives the stack as the bucket does; without it, a kept bucket could not be opened again. */
    repositoryPassword: (stack: string) => path.join(stateDir, `repository-password-${stack}`),
    checkpoint: (project: string, stack: string) =>
      path.join(stateDir, "pulumi", ".pulumi", "stacks", project, `${stack}.json`),
  };
}

/** Name of the project in a folder. */
export async function projectName(folder: string): Promise<string> {
  const file = path.join(folder, "Pulumi.yaml");
  const text = await readIfThere(file);
  const parsed = text === undefined ? undefined : z.object({ name: z.string() }).safeParse(parse(text));
  if (parsed?.success) return parsed.data.name;
  throw new ToolchainProblem(`${file} is missing or has no name.`, [], ["git checkout -- Pulumi.yaml"]);
}

/** A stack's config file, or undefined when there is none. */
export async function readStackFile(file: string): Promise<StackFile | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const parsed = stackFileSchema.safeParse(parse(text) ?? {});
  if (parsed.success) return { encryptionsalt: parsed.data.encryptionsalt, config: parsed.data.config ?? {} };
  throw new ToolchainProblem(
    `${file} is not a stack's config file: ${z.prettifyError(parsed.error)}`,
    [],
    [`mend or remove ${file}`],
  );
}

/** Writes a stack's config file, readable by its owner only. */
export async function writeStackFile(file: string, { encryptionsalt, config }: StackFile): Promise<void> {
  await writeWhole(file, stringify({ ...(encryptionsalt === undefined ? {} : { encryptionsalt }), config }));
}

/**
 * The record of the last writing of the file that has this salt. None, a damaged one, or one of a stack that was
 * removed since (its file had another salt) counts as empty: then everything in the file is the user's.
 */
export async function readRecord(file: string, salt: string | undefined): Promise<WrittenRecord> {
  const text = await readIfThere(file);
  const record = recordSchema.safeParse(text === undefined ? undefined : parse(text)).data;
  return record !== undefined && record.salt === salt ? record : { config: {}, digests: {} };
}

export async function writeRecord(file: string, record: WrittenRecord): Promise<void> {
  await writeWhole(file, `${JSON.stringify(record, undefined, 2)}\n`);
}

/** A secret text that is made once and then stays, in a file that only its owner reads. */
export async function lastingSecret(file: string): Promise<string> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  try {
    await fs.writeFile(file, randomBytes(24).toString("base64url"), { flag: "wx", mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  return fs.readFile(file, "utf8");
}
