/** The program's commands about the agent's commands and their sandboxes. */

import type { Command } from "commander";
import { type AuditOptions, audit } from "./commands/audit.ts";
import { execLs, execSessions } from "./commands/exec.ts";
import { execGet, execPut, type FileOptions } from "./commands/execFiles.ts";
import { execShell } from "./commands/execShell.ts";
import type { SessionOptions } from "./execApi.ts";
import { run, whole } from "./parsing.ts";

/** Adds them. */
export function addExecCommands(program: Command): void {
  program
    .command("audit")
    .description("the commands that the agent ran, and what came of them")
    .option("--session <id>", "one session's")
    .option("--tail <rows>", "how many of the last ones", whole(1, 1000), 100)
    .option("--follow", "go on with what comes, until Ctrl-C")
    .action(run((context, command) => audit(context, command.opts<AuditOptions>())));
  const exec = program
    .command("exec")
    .description("the sandboxes in which the agent's commands run")
    .addHelpText("after", "\nPaths are below the workspace. With isolation shared the one session is called shared.");
  exec
    .command("sessions")
    .description("which sessions have a workspace")
    .action(run((context) => execSessions(context)));
  ofSession(exec.command("ls"))
    .description("what is in a folder of the workspace")
    .argument("[path]", "the folder", ".")
    .action(run((context, command) => execLs(context, command.args[0] ?? ".", command.opts<SessionOptions>())));
  ofSession(exec.command("get"))
    .description("fetch a file of the workspace")
    .argument("<path>", "the file")
    .argument("[file]", "where it goes, - for stdout; its own name here when left out")
    .option("--force", "go over a file that is there")
    .action(
      run((context, command) => execGet(context, command.args[0] ?? "", command.args[1], command.opts<FileOptions>())),
    );
  ofSession(exec.command("put"))
    .description("store a file in the workspace")
    .argument("<file>", "the file, - for stdin")
    .argument("[path]", "where it goes, a folder ends in /; its own name when left out")
    .option("--force", "go over a file that is there")
    .action(
      run((context, command) => execPut(context, command.args[0] ?? "", command.args[1], command.opts<FileOptions>())),
    );
  ofSession(exec.command("shell"))
    .description("a terminal in the sandbox; exit or Ctrl-] ends it")
    .action(run((context, command) => execShell(context, command.opts<SessionOptions>())));
}

/** `default` is Hermes' own name for a task that has none. */
function ofSession(command: Command): Command {
  return command.option("--session <id>", "the session, see ./talaria exec sessions", "default");
}
