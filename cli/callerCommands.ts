/** The program's commands about who may ask. */

import type { Command } from "commander";
import {
  type AddOptions,
  logout,
  type RotateOptions,
  tokenAdd,
  tokenList,
  tokenRevoke,
  tokenRotate,
} from "./commands/token.ts";
import { run, span } from "./parsing.ts";

/** Adds them. */
export function addCallerCommands(program: Command): void {
  const token = program
    .command("token")
    .description("who may chat: named tokens of /v1")
    .addHelpText(
      "after",
      "\nThe stack's own token is not among them: `./talaria env` prints it, its configuration rotates it.",
    );
  token
    .command("add")
    .description("make a token; its value is printed this once")
    .argument("<name>", "whose it is, such as laptop")
    .option("--expires <duration>", "when it ends, such as 90d or 24h; without it, never", span)
    .action(run((context, command) => tokenAdd(context, command.args[0] ?? "", command.opts<AddOptions>())));
  token
    .command("list")
    .description("which there are, and when they were used")
    .action(run((context) => tokenList(context)));
  token
    .command("rotate")
    .description("give a token a new value, which is printed this once")
    .argument("<name>", "the token")
    .option("--overlap <duration>", "how long the old value stays valid; 0s: no more", span, 86_400)
    .action(run((context, command) => tokenRotate(context, command.args[0] ?? "", command.opts<RotateOptions>())));
  token
    .command("revoke")
    .description("end a token at once, with what a rotation left of it")
    .argument("<name>", "the token")
    .action(run((context, command) => tokenRevoke(context, command.args[0] ?? "")));
  program
    .command("logout")
    .description("log every browser out of the bot")
    .action(run((context) => logout(context)));
}
