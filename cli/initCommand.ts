/** The program's command that makes a stack. */
import { type Command, Option } from "commander";
import { type InitOptions, init } from "./commands/init.ts";
import { run } from "./parsing.ts";

const after = `
Without a terminal everything comes with the command (--yes), the secrets as variables of the environment or of --secrets FILE:
CLOUDFLARE_API_TOKEN; ANTHROPIC_API_KEY, OPENROUTER_API_KEY, OPENAI_API_KEY or MODEL_API_KEY; tokens of chat platforms by Hermes'
names, such as SLACK_BOT_TOKEN and SLACK_APP_TOKEN. REPOSITORY_PASSWORD, which encrypts the memory, is made unless it is given.`;

/** Adds it. */
export function addInitCommand(program: Command): void {
  const several = (value: string, before: readonly string[] = []) => [...before, value];
  program
    .command("init")
    .description("make a stack: asks a few questions, or takes an existing Hermes")
    .argument("[name]", "the stack; one stack is one bot")
    .addOption(new Option("--environment <name>", "what it begins with").choices(["dev", "prod"]))
    .option("--account-id <id>", "the Cloudflare account")
    .option("--provider <name>", "of the model: anthropic, openrouter, openai or custom")
    .option("--model <model>", "as provider/model")
    .option("--base-url <url>", "the endpoint of the provider custom")
    .option("--chat <platform>", "a chat platform, or none; again for another one", several)
    .option(
      "--allow <id>",
      "who may talk to the bot, ID or PLATFORM=ID; without it, whoever brings a code that you approve",
      several,
    )
    .option("--field <field=value>", "another field of a platform, such as matrix.homeserver=https://…", several)
    .option("--from <folder>", "an existing Hermes: ~/.hermes, /opt/data of Docker, /var/lib/hermes of NixOS")
    .option(
      "--nixos-options <file>",
      "with --from: options of its Nix module, as nix eval --json writes them, or a .nix file",
    )
    .option("--secrets <file>", "variables that hold the secrets, as a .env file; - for stdin")
    .option("--secrets-provider <url>", "what encrypts the stack's secrets, as Pulumi calls it; passphrase, awskms://…")
    .option("-y, --yes", "ask nothing")
    .option("--force", "go over what is there")
    .addHelpText("after", after)
    .action(run((context, command) => init(context, command.args[0], command.opts<InitOptions>())));
}
