/** Which stack a command line of `pulumi` means. */

/** Flags of `pulumi` that take their value as the next word, as far as they matter for finding the command. */
const valueFlags = new Set([
  "-s",
  "--stack",
  "-C",
  "--cwd",
  "--config-file",
  "--color",
  "-v",
  "--verbose",
  "--tracing",
]);

/** Subcommands of `pulumi stack` whose first word is a stack's name. */
const namesStack = new Set(["new", "init", "create", "setup", "select", "remove", "rm", "delete"]);

/** The words of a command line that are neither flags nor their values: `["stack", "init", "dev"]`. */
export function commandWords(args: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (arg === "--") break;
    if (valueFlags.has(arg)) i++;
    else if (!arg.startsWith("-")) words.push(arg);
  }
  return words;
}

/** The stack that the command line names (`--stack`, or `stack init <name>` and the like), if it names one. */
export function stackInArgs(args: readonly string[]): string | undefined {
  for (const [i, arg] of args.entries()) {
    if (arg === "--") break;
    if (arg === "-s" || arg === "--stack") return args[i + 1];
    const joined = arg.match(/^(?:--stack|-s)=(.+)$/)?.[1];
    if (joined !== undefined) return joined;
  }
  const [command, subcommand, name] = commandWords(args);
  return command === "stack" && subcommand !== undefined && namesStack.has(subcommand) ? name : undefined;
}

/**
 * The stack that a command line is about: the one it names, else PULUMI_STACK, else `local`.
 * (What `pulumi stack select` has selected is not asked: it belongs to another backend.)
 */
export function stackOf(args: readonly string[], env: NodeJS.ProcessEnv): string {
  return stackInArgs(args) ?? (env.PULUMI_STACK || "local");
}

/** Whether a stack lives on the loopback Cloudflare: `local`, or `local-<name>`. */
export function isLocal(stack: string): boolean {
  return /^local(-[a-z0-9][a-z0-9-]*)?$/.test(stack);
}
