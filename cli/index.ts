/** Entry of `./talaria`. */
import { type Command, CommanderError } from "commander";
import { Output } from "./output.ts";
import { CliError, toCliError } from "./problems.ts";
import { buildProgram } from "./program.ts";

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0); // the reader has seen enough: talaria logs | head
  throw error;
});

const args = process.argv.slice(2);
const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args; // what follows belongs to another program
const json = own.includes("--json");
const program = buildProgram();

try {
  await program.parseAsync(args.length === 0 ? ["--help"] : args, { from: "user" });
} catch (error) {
  const shown = error instanceof CommanderError ? usageError(error) : toCliError(error);
  if (shown) {
    new Output(json).error(shown);
    process.exitCode = 1;
  }
}

/** What commander found wrong; nothing when it only printed its help. */
function usageError(error: CommanderError): CliError | undefined {
  if (error.exitCode === 0) return undefined;
  const detail = error.message.replace(/^error: /, "");
  const names = namedIn(args, program);
  return new CliError("usage", { detail, command: names.map((name) => `${name} `).join("") });
}

/** The command that was meant, and what it is a part of: `cap`, `raise`. */
function namedIn(words: readonly string[], { commands }: Command): string[] {
  for (const [at, word] of words.entries()) {
    const command = commands.find((candidate) => candidate.name() === word);
    if (command) return [word, ...namedIn(words.slice(at + 1), command)];
  }
  return [];
}
