/** The program's commands about the memory. */

import { type Command, Option } from "commander";
import { care, drill } from "./commands/care.ts";
import { diff } from "./commands/diff.ts";
import { type ExportOptions, exportTo } from "./commands/export.ts";
import { type ImportOptions, importFrom } from "./commands/import.ts";
import { type RestoreOptions, restore } from "./commands/restore.ts";
import { type RollbackOptions, rollback } from "./commands/rollback.ts";
import { type SnapshotOptions, snapshot } from "./commands/snapshot.ts";
import { snapshots } from "./commands/snapshots.ts";
import { type StartFreshOptions, startFresh } from "./commands/startFresh.ts";
import { run } from "./parsing.ts";

/** Adds them. */
export function addMemoryCommands(program: Command): void {
  program
    .command("snapshot")
    .description("save what the bot knows now")
    .option("--trust-shrunk", "a memory that has become much smaller is right")
    .action(run((context, command) => snapshot(context, command.opts<SnapshotOptions>())));
  program
    .command("snapshots")
    .description("what is saved; * is the memory")
    .action(run((context) => snapshots(context)));
  program
    .command("restore")
    .description("make a snapshot the memory again; what is, is saved first")
    .argument("<id>", "the snapshot, or the first six digits of its id or more")
    .option("--yes", "do not ask")
    .option("--force", "go on even where what is cannot be saved")
    .action(run((context, command) => restore(context, command.args[0] ?? "", command.opts<RestoreOptions>())));
  program
    .command("export")
    .description("write the memory into a file: a plain tar, packed with zstd")
    .argument("<file>", "a new file; one that ends in .tar is not packed")
    .option("--snapshot <id>", "another snapshot than the memory")
    .action(run((context, command) => exportTo(context, command.args[0] ?? "", command.opts<ExportOptions>())));
  program
    .command("import")
    .description("take a home from elsewhere as the memory; what is, is saved first")
    .argument(
      "<path>",
      "a folder such as ~/.hermes, a zip of `hermes backup`, an export; a tar or a zip of any of them",
    )
    .addOption(new Option("--merge", "add what the bot lacks; what it has stays").conflicts("replace"))
    .option("--replace", "the bot will know only what is imported")
    .option("--force", "take also what is older than the memory")
    .option("--yes", "do not ask")
    .action(run((context, command) => importFrom(context, command.args[0] ?? "", command.opts<ImportOptions>())));
  program
    .command("rollback")
    .description("undo an upgrade: image and memory go back together")
    .option("--yes", "do not ask")
    .option("--force", "go on even where what is cannot be saved")
    .action(run((context, command) => rollback(context, command.opts<RollbackOptions>())));
  program
    .command("start-fresh")
    .description("start with an empty memory; what is, is saved first and stays")
    .option("--name <bot>", "the bot's name, instead of typing it")
    .option("--force", "go on even where what is cannot be saved")
    .action(run((context, command) => startFresh(context, command.opts<StartFreshOptions>())));
  program
    .command("diff")
    .description("what is different in the second snapshot")
    .argument("<from>", "a snapshot")
    .argument("<to>", "another one")
    .action(run((context, command) => diff(context, command.args[0] ?? "", command.args[1] ?? "")));
  program
    .command("drill")
    .description("restore the memory into an empty container and read it")
    .action(run((context) => drill(context)));
  program
    .command("care")
    .description("forget what the policy says, prune, check")
    .action(run((context) => care(context)));
}
