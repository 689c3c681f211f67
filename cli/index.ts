/** Entry of `./talaria`. */
import { CommanderError } from "commander";
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
  const command = program.commands.find((candidate) => args.includes(candidate.name()));
  const detail = error.message.replace(/^error: /, "");
  return new CliError("usage", { detail, command: command ? `${command.name()} ` : "" });
}
