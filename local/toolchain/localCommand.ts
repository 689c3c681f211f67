/**
 * How a `pulumi` command runs on a local stack. Its config file lies outside the project, so that the committed
 * `Pulumi.local.yaml` is never written. Commands with `--config-file` are given it; those that would create, rename or
 * remove a stack's file beside `Pulumi.yaml` run in the folder of the generated files instead.
 */
import { ToolchainProblem } from "./problem.ts";
import { commandWords } from "./stackName.ts";

/** Talk to the loopback Cloudflare, and take `--config-file`. */
const onCloudflare = ["up", "update", "preview", "pre", "destroy", "down", "dn", "refresh", "import", "watch"];
const destroying = ["destroy", "down", "dn"];
/** Subcommands of `stack` that write the stack's config file, or a workspace's selection. */
const onFile = ["new", "init", "create", "setup", "select", "unselect", "remove", "rm", "delete"];
/** Would part a stack from its files: its config, the password of its repository, its passphrase. */
const refused = ["rename", "change-secrets-provider"];
/** Concern the user's own account, whatever stack is meant. */
const account = [
  "login",
  "logout",
  "whoami",
  "org",
  "project",
  "new",
  "env",
  "console",
  "deployment",
  "api",
  "insights",
  "neo",
  "policy",
];

export interface LocalCommand {
  readonly args: readonly string[];
  /** The config file that it goes by; undefined where it takes none, or the user names another. */
  readonly configFile: string | undefined;
  /** Where it runs: the project, or the folder with the generated config files. */
  readonly folder: "project" | "stacks";
  /** The loopback Cloudflare has to be up. */
  readonly needsCloudflare: boolean;
  /** The stack and its config file have to exist. */
  readonly needsStack: boolean;
  /** `destroy --remove` would remove the committed file: the stack is removed by a command of its own. */
  readonly thenRemove: boolean;
}

/** Whether a command is about the user's account with Pulumi rather than about a stack. */
export function concernsAccount(args: readonly string[]): boolean {
  return account.includes(commandWords(args)[0] ?? "");
}

/** The command, rewritten for a local stack whose generated config file is `configFile`. */
export function localCommand(args: readonly string[], configFile: string): LocalCommand {
  const [command = "", subcommand = ""] = commandWords(args);
  if (command === "stack" && refused.includes(subcommand)) {
    throw new ToolchainProblem(
      `A local stack keeps its name and its secrets provider; \`stack ${subcommand}\` is for other stacks.`,
      [],
      ["make another one: npm run pulumi -- up --stack local-<name>"],
    );
  }
  const help = args.length === 0 || args.includes("--help") || args.includes("-h");
  const needsCloudflare = onCloudflare.includes(command) && !help;
  const copies = command === "config" && ["copy", "cp"].includes(subcommand);
  const configures = command === "config" && !copies && !help;
  const folder = copies || (command === "stack" && onFile.includes(subcommand)) ? "stacks" : "project";
  const takesFile = needsCloudflare || configures || command === "logs";
  const named = args.some((arg) => arg === "--config-file" || arg.startsWith("--config-file="));
  const thenRemove = destroying.includes(command) && args.includes("--remove");
  const kept = thenRemove ? args.filter((arg) => arg !== "--remove") : args;
  const given = takesFile && !named;
  return {
    configFile: given ? configFile : undefined,
    args: given ? insertFlags(kept, ["--config-file", configFile]) : kept,
    folder,
    needsCloudflare,
    needsStack: needsCloudflare || configures,
    thenRemove,
  };
}

/** Flags go before `--`, behind which everything is a value. */
function insertFlags(args: readonly string[], flags: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? [...args, ...flags] : [...args.slice(0, end), ...flags, ...args.slice(end)];
}
