/** Runs `pulumi` on a stack: a local one in an environment of its own, any other in the user's. */
import { checkout, stateDir as defaultStateDir } from "../paths.ts";
import { runningDaemon } from "./daemon.ts";
import { removeDeadLocks } from "./deadLocks.ts";
import { hasOwnPulumi, localEnvironment, ownEnvironment } from "./environment.ts";
import { concernsAccount, type LocalCommand, localCommand } from "./localCommand.ts";
import { localFiles } from "./localFiles.ts";
import { prepareLocalFolders, prepareLocalStack } from "./localStack.ts";
import { ensurePlugins, type Plugins } from "./plugins.ts";
import { ToolchainProblem } from "./problem.ts";
import type { Progress } from "./progress.ts";
import { ensurePulumi, type PulumiCli } from "./pulumiCli.ts";
import { type RunResult, run, runAttached } from "./run.ts";
import { isLocal, stackInArgs } from "./stackName.ts";

export interface RunPulumiOptions {
  /** `inherit`: on this process's terminal. `capture`: returns what it wrote. @default inherit */
  readonly output?: "inherit" | "capture";
  /** Gets each line as it comes; with `capture` only. */
  readonly onLine?: (line: string) => void;
  /** Added to the environment. */
  readonly env?: NodeJS.ProcessEnv;
  readonly progress?: Progress;
  /** What the toolchain has found already. @default asks it */
  readonly toolchain?: { readonly pulumi: PulumiCli; readonly plugins: Plugins };
  /** Folder of Pulumi.yaml. @default the checkout */
  readonly project?: string;
  /** @default the checkout's state folder */
  readonly stateDir?: string;
}

/**
 * Runs a `pulumi` command on a stack. Local stacks (`local`, `local-<name>`) get backend, passphrase, plugins and a
 * generated config file from the state folder, and never see the user's login. Every other stack, and commands about
 * the user's account, run in the user's own environment; only PATH is added to.
 */
export async function runPulumi(
  stack: string,
  args: readonly string[],
  options: RunPulumiOptions = {},
): Promise<RunResult> {
  return isLocal(stack) && !concernsAccount(args)
    ? onLocalStack(stack, args, options)
    : onOwnStack(stack, args, options);
}

async function onOwnStack(stack: string, args: readonly string[], options: RunPulumiOptions): Promise<RunResult> {
  const base = { ...process.env, ...options.env };
  const { progress = () => {}, project = checkout } = options;
  const cli = hasOwnPulumi(base) ? undefined : (options.toolchain?.pulumi ?? (await ensurePulumi({ progress })));
  const implied = stackInArgs(args) === undefined && !isLocal(stack) ? { PULUMI_STACK: stack } : {};
  return start(args, project, { ...ownEnvironment(base, cli), ...implied }, options);
}

async function onLocalStack(stack: string, args: readonly string[], options: RunPulumiOptions): Promise<RunResult> {
  const { progress = () => {}, project = checkout, stateDir = defaultStateDir } = options;
  const pulumi = options.toolchain?.pulumi ?? (await ensurePulumi({ progress }));
  const plugins = options.toolchain?.plugins ?? (await ensurePlugins({ progress, pulumi }));
  const daemon = await runningDaemon(stateDir);
  const files = localFiles(stateDir);
  const command = localCommand(args, files.config(stack));
  // What the program says of a key names the file that it stands in; Pulumi does not tell it of --config-file.
  const says = command.configFile === undefined ? {} : { TALARIA_STACK_FILE: command.configFile };
  const env = { ...localEnvironment({ stack, stateDir, pulumi, plugins }), ...says, ...daemon?.env, ...options.env };
  await removeDeadLocks(files.backend, await prepareLocalFolders(stateDir, project), stack);
  if (command.needsStack) await prepare(stack, command, { env, project, stateDir });
  const folder = command.folder === "stacks" ? files.stacks : project;
  const result = await start(command.args, folder, env, options);
  if (result.code !== 0 || !command.thenRemove) return result;
  return start(["stack", "rm", stack, "--yes"], files.stacks, env, options);
}

async function prepare(
  stack: string,
  command: LocalCommand,
  where: { readonly env: NodeJS.ProcessEnv; readonly project: string; readonly stateDir: string },
): Promise<void> {
  const daemon = await runningDaemon(where.stateDir);
  if (daemon !== undefined) {
    const { apiUrl, apiToken, accountId, modelUrl, aiGatewayUrl, config } = daemon;
    const addresses = { apiBaseUrl: apiUrl, modelUrl, ...(aiGatewayUrl && { aiGatewayUrl }) };
    await prepareLocalStack({ stack, apiToken, accountId, config, ...addresses, ...where });
    return;
  }
  if (command.needsCloudflare) throw notRunning(stack);
  await prepareLocalStack({ stack, ...where });
}

function notRunning(stack: string): ToolchainProblem {
  return new ToolchainProblem(
    `The loopback Cloudflare is not running, and stack \`${stack}\` lives on it.`,
    [],
    [
      "npm run local -- --detach   (starts it), then this command again",
      "for a stack on your own account, name it: npm run pulumi -- --stack dev …",
    ],
  );
}

async function start(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
  { output = "inherit", onLine }: RunPulumiOptions,
): Promise<RunResult> {
  if (output === "capture") return run("pulumi", args, { cwd, env, ...(onLine === undefined ? {} : { onLine }) });
  return { code: await runAttached("pulumi", args, { cwd, env }), stdout: "", stderr: "" };
}
