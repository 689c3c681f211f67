/** The command that an image may bring (`node index.ts -- cmd args`), as a container's CMD. */
import { type ChildProcess, spawn } from "node:child_process";
import { signalCode } from "./sessionlessRun.ts";

/** What stands after `--`. */
export function commandAfterDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf("--");
  return dashes === -1 ? [] : argv.slice(dashes + 1);
}

/** Starts the command. `onFailure` gets its exit code unless that is 0; after 0 the server stays. */
export function startMainCommand(
  command: readonly string[],
  onFailure: (exitCode: number) => void,
): ChildProcess | undefined {
  const [program, ...args] = command;
  if (program === undefined) return undefined;
  const child = spawn(program, args, { stdio: "inherit" });
  child.once("error", (error) => {
    console.error(`sandboxd: cannot start ${program}: ${error.message}. Check the command after "--".`);
    onFailure(127);
  });
  child.once("exit", (code, signal) => {
    const exitCode = code ?? signalCode(signal);
    if (exitCode !== 0) onFailure(exitCode);
  });
  return child;
}
