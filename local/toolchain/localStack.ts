/** Makes a local stack ready for `pulumi`: the stack in its backend, and its generated config file. */
import fs from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { checkout, stateDir as defaultStateDir } from "../paths.ts";
import { writeWhole } from "./folder.ts";
import { localDefaults } from "./localDefaults.ts";
import * as files from "./localFiles.ts";
import { withLock } from "./lock.ts";
import { changedByUser, mergeConfig, type StackConfig } from "./mergeConfig.ts";
import { ToolchainProblem, tail } from "./problem.ts";
import { run } from "./run.ts";
import { digestsOf, type Secrets, stillSealed } from "./sealedSecrets.ts";

export interface LocalStackInput {
  /** `local` or `local-<name>`. */
  readonly stack: string;
  /** Where the loopback API is: `http://127.0.0.1:PORT/client/v4`. Without it, the file keeps what it has. */
  readonly apiBaseUrl?: string;
  readonly apiToken?: string;
  readonly accountId?: string;
  /** The canned model's OpenAI-compatible endpoint; used as long as the user has set no provider key. */
  readonly modelUrl?: string;
  /** Where the account's AI gateways let requests through. */
  readonly aiGatewayUrl?: string;
  /** Plain config beside that of the committed Pulumi.local.yaml. Keys without the project's name. */
  readonly config?: StackConfig;
  /** Secrets that hold until the user sets his own. Keys without the project's name. */
  readonly secrets?: Secrets;
  /** From `localEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  /** Folder of Pulumi.yaml. @default the checkout */
  readonly project?: string;
  /** @default the checkout's state folder */
  readonly stateDir?: string;
}

/** Keys that say where the loopback Cloudflare is. */
const connectionKeys = ["apiBaseUrl", "accountId", "cloudflareApiToken"];

/** Creates the folders, the passphrase and the small project file that every local command needs. Returns the project's name. */
export async function prepareLocalFolders(stateDir: string, project: string): Promise<string> {
  const paths = files.localFiles(stateDir);
  const name = await files.projectName(project);
  await fs.mkdir(paths.backend, { recursive: true });
  await files.lastingSecret(paths.passphrase);
  await writeWhole(paths.projectFile, stringify({ name, runtime: "nodejs" }));
  return name;
}

/**
 * Creates the stack if it is new, and brings its config file up to date: the committed `Pulumi.local.yaml`, then the
 * defaults and secrets given here, then what the user has set with `config set`, then the connection. Returns the file.
 */
export function prepareLocalStack(input: LocalStackInput): Promise<string> {
  const { stacks } = files.localFiles(input.stateDir ?? defaultStateDir);
  return withLock(path.join(stacks, `${input.stack}.lock`), () => prepare(input));
}

async function prepare(input: LocalStackInput): Promise<string> {
  const { stack, env, project = checkout, stateDir = defaultStateDir } = input;
  const paths = files.localFiles(stateDir);
  const file = paths.config(stack);
  const name = await prepareLocalFolders(stateDir, project);
  if (!(await isThere(paths.checkpoint(name, stack))))
    await pulumi(["stack", "select", stack, "--create"], { env, cwd: paths.stacks });

  const current = (await files.readStackFile(file)) ?? { config: {} };
  const record = await files.readRecord(paths.record(stack), current.encryptionsalt);
  const wanted = await declarations(input, name, changedByUser({ before: record.config, current: current.config }));
  const secrets = { ...wanted.secrets, ...wanted.token };
  const digests = digestsOf(secrets, await files.lastingSecret(paths.passphrase));
  const sealed = stillSealed(secrets, digests, record);
  const declared = { ...wanted.config, ...pick(sealed, wanted.secrets) };
  const known = pick(current.config, Object.fromEntries(connectionKeys.map((key) => [`${name}:${key}`, true])));
  const connection = { ...known, ...wanted.connection, ...pick(sealed, wanted.token) };
  const merged = mergeConfig({ declared, before: record.config, current: current.config, connection });
  const open = Object.entries(secrets).filter(([key]) => !(key in sealed) && (key in wanted.token || !(key in merged)));

  await files.writeStackFile(file, { ...current, config: without(merged, Object.keys(wanted.token), sealed) });
  for (const [key, value] of open)
    await pulumi(["config", "set", "--secret", key, "--config-file", file], { env, cwd: project, input: value });
  const now = (await files.readStackFile(file)) ?? current;
  const fresh = Object.fromEntries(open.map(([key]) => [key, now.config[key]]));
  const config = { ...declared, ...connection, ...fresh };
  await files.writeRecord(paths.record(stack), {
    salt: now.encryptionsalt,
    config,
    digests: { ...record.digests, ...digests },
  });
  return file;
}

/** Everything that the file should say, keys with the project's name. */
async function declarations(input: LocalStackInput, name: string, ofUser: StackConfig) {
  const { stack, project = checkout, stateDir = defaultStateDir, apiBaseUrl, accountId, apiToken } = input;
  const prefix = `${name}:`;
  const named = <T>(config: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(config).flatMap(([key, v]) => (v === undefined ? [] : [[prefix + key, v]])));
  const committed = (await files.readStackFile(path.join(project, "Pulumi.local.yaml")))?.config ?? {};
  const { [`${prefix}model`]: model, [`${prefix}aiGateway`]: aiGateway, ...rest } = committed;
  const ownKeys = Object.keys(ofUser).map((key) => key.slice(prefix.length));
  const { modelUrl, aiGatewayUrl } = input;
  const defaults = localDefaults({ committed: { model, aiGateway }, modelUrl, aiGatewayUrl, ownKeys });
  const repositoryPassword = await files.lastingSecret(files.localFiles(stateDir).repositoryPassword(stack));
  return {
    config: { ...rest, ...named({ ...defaults.config, ...input.config }) },
    secrets: named({ repositoryPassword, ...defaults.secrets, ...input.secrets }),
    connection: named<unknown>({ apiBaseUrl, accountId }),
    token: apiToken === undefined ? {} : named({ cloudflareApiToken: apiToken }),
  };
}

function pick(from: StackConfig, keys: StackConfig): StackConfig {
  return Object.fromEntries(Object.entries(from).filter(([key]) => key in keys));
}

/** Leaves out keys that are about to be set anew. */
function without(config: StackConfig, keys: readonly string[], unless: StackConfig): StackConfig {
  return Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key) || key in unless));
}

function isThere(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

async function pulumi(args: readonly string[], options: { env: NodeJS.ProcessEnv; cwd: string; input?: string }) {
  const result = await run("pulumi", [...args, "--non-interactive"], options);
  if (result.code === 0) return;
  const next = ["npm run local -- --fresh   (forgets all local state)"];
  throw new ToolchainProblem(`pulumi ${args.slice(0, 4).join(" ")} failed.`, [tail(result.stderr)], next);
}
