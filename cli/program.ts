/** The command line: names, arguments and help. What commands do lies in `commands/`. */

import { Argument, Command, Option } from "commander";
import { addCallerCommands } from "./callerCommands.ts";
import { type AlarmsOptions, alarms, testAlarms } from "./commands/alarms.ts";
import { hermes, shell } from "./commands/box.ts";
import { chat } from "./commands/chat.ts";
import { type CodexLoginOptions, codexLogin } from "./commands/codex.ts";
import { type ConfigOptions, config as configCommand, configSecrets } from "./commands/config.ts";
import { type ConvergeOptions, converge } from "./commands/converge.ts";
import { env } from "./commands/env.ts";
import { type RestartOptions, restart, stop, wake } from "./commands/lifecycle.ts";
import { type LogsOptions, logs } from "./commands/logs.ts";
import { dashboard, operatorConsole, type PageOptions } from "./commands/pages.ts";
import { type RecoveryKitOptions, recoveryKitCommand } from "./commands/recoveryKit.ts";
import { type RotatePasswordOptions, rotatePassword } from "./commands/rotatePassword.ts";
import { type SlackManifestOptions, slackManifest } from "./commands/slackManifest.ts";
import { type SlackSetupOptions, slackSetup } from "./commands/slackSetup.ts";
import { status } from "./commands/status.ts";
import { type StatusOptions, watchStatus } from "./commands/statusWatch.ts";
import { completionScript, shells } from "./completion.ts";
import { addCostCommands } from "./costCommands.ts";
import { addExecCommands } from "./execCommands.ts";
import { addInitCommand } from "./initCommand.ts";
import { addMcpCommands } from "./mcpCommands.ts";
import { addMemoryCommands } from "./memoryCommands.ts";
import { run, whole } from "./parsing.ts";
import { cloudflareApi } from "./recovery/place.ts";
import type { ChatOptions } from "./turn.ts";

const about = `
Which bot: --stack NAME reads the outputs of that stack; else TALARIA_URL with TALARIA_ADMIN_TOKEN
(and TALARIA_CLIENT_TOKEN for chat); else stack local.

Exit codes: 0 it is done; 1 it is not: why, and what to type next, is on stderr. hermes, shell and exec shell
end with the code of what ran there (124: its deadline, 130: it was cancelled).

Completion: eval "$(./talaria completion bash)", or zsh; ./talaria completion fish | source`;
/** What the program is called by where its completion is loaded. */
const calledBy = ["talaria", "./talaria"];

/** Builds the program. It throws CommanderError instead of ending the process. */
export function buildProgram(): Command {
  const program = new Command("./talaria")
    .description("Operates one bot: a Hermes Agent on Cloudflare.")
    .option("--stack <name>", "the stack whose outputs name the bot")
    .option("--json", "answers, lists and errors as JSON")
    .addHelpText("after", about)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeErr: () => {} })
    .showSuggestionAfterError()
    .exitOverride();

  program
    .command("env")
    .description('print variables for a shell: eval "$(./talaria env)"')
    .action(run((context) => env(context)));
  program
    .command("status")
    .description("what the bot does; wakes nothing")
    .option("-w, --watch", "go on with what changes, until Ctrl-C")
    .action(run((context, command) => (command.opts<StatusOptions>().watch ? watchStatus(context) : status(context))));
  const alarmsCommand = program
    .command("alarms")
    .description("what is wrong with the bot, and who was told; wakes nothing")
    .option("-a, --all", "also what is over")
    .action(run((context, command) => alarms(context, command.opts<AlarmsOptions>())));
  alarmsCommand
    .command("test")
    .description("send a test to each channel that alarms are told over")
    .action(run((context) => testAlarms(context)));
  program
    .command("chat")
    .description("say something to the bot and print its answer; without a message, at a terminal, a conversation")
    .argument("[message]", "what to say; read from stdin when left out")
    .option("--session <id>", "go on with this session")
    .option("--no-stream", "print the answer when it is complete")
    .action(run((context, command) => chat(context, command.args[0], command.opts<ChatOptions>())));
  program
    .command("wake")
    .description("start the bot and wait until it is ready")
    .action(run((context) => wake(context)));
  program
    .command("stop")
    .description("stop the bot on purpose; a chat or a wake starts it again")
    .action(run((context) => stop(context)));
  program
    .command("restart")
    .description("give the bot a new container, its memory restored")
    .addOption(new Option("--gateway", "a new gateway only: container and disk stay").conflicts("force"))
    .option("--force", "go on even where what is cannot be saved")
    .action(run((context, command) => restart(context, command.opts<RestartOptions>())));
  program
    .command("shell")
    .description("a terminal beside the agent, as its user, in its home; exit or Ctrl-] ends it")
    .action(run((context) => shell(context)));
  program
    .command("hermes")
    .description("run hermes beside the agent: ./talaria hermes -- config get model")
    .argument("<args...>", "its arguments, after --")
    .action(run((context, command) => hermes(context, command.args)));
  program
    .command("codex")
    .description("the agent's logins at OpenAI")
    .command("login")
    .description("log Hermes in at OpenAI, for models of openai-codex: shows an address and a code, and waits")
    .option("--cli", "the Codex CLI instead (talaria:codexCli), which has a login of its own")
    .action(run((context, command) => codexLogin(context, command.opts<CodexLoginOptions>())));
  program
    .command("slack-manifest")
    .description("what a Slack app for this bot is made from (JSON)")
    .option("--operator", "of the app that you ask while the agent does not answer")
    .action(run((context, command) => slackManifest(context, command.opts<SlackManifestOptions>())));
  program
    .command("console")
    .description("the operator's page, in the browser: state, log, memory, buttons; it wakes nothing")
    .option("--no-open", "only print its address")
    .action(run((context, command) => operatorConsole(context, command.opts<PageOptions>())));
  program
    .command("slack-setup")
    .description("leads through a Slack app for this bot, asking Slack at each step; the tokens go into the stack")
    .option("--operator", "the operator's app, which answers while the agent does not")
    .action(run((context, command) => slackSetup(context, command.opts<SlackSetupOptions>())));
  program
    .command("dashboard")
    .description("Hermes' own dashboard, in the browser; its page wakes the bot")
    .option("--no-open", "only print its address")
    .action(run((context, command) => dashboard(context, command.opts<PageOptions>())));
  program
    .command("logs")
    .description("the last log lines, also of a bot that is down")
    .option("--tail <lines>", "how many", whole(1, 2000), 200)
    .addOption(new Option("--source <name>", "only these").choices(["gateway", "worker"]))
    .addOption(new Option("--level <level>", "this level and worse").choices(["info", "warn", "error"]))
    .option("-f, --follow", "go on with what comes, until Ctrl-C")
    .action(run((context, command) => logs(context, command.opts<LogsOptions>())));
  const config = program
    .command("config")
    .description("what Hermes goes by, leaf by leaf: declared by the stack, or set by the user or the agent")
    .option("--drift", "only where the container, the stack and the home differ")
    .option("--all", "also what Talaria itself needs, and its defaults")
    .action(run((context, command) => configCommand(context, command.opts<ConfigOptions>())));
  config
    .command("secrets")
    .description("the bot's secrets: where each is, since when, a fingerprint; never a value")
    .action(run((context) => configSecrets(context)));
  program
    .command("completion")
    .description("a script for your shell that completes what you type here")
    .addArgument(new Argument("<shell>", "which").choices(shells))
    .action(function (this: Command) {
      const shell = shells.find((one) => one === this.args[0]) ?? "bash";
      process.stdout.write(completionScript(program, shell, calledBy));
    });
  addInitCommand(program);
  addMcpCommands(program);
  addMemoryCommands(program);
  addExecCommands(program);
  addCallerCommands(program);
  addCostCommands(program);
  program
    .command("recovery-kit")
    .description("all that opens the bot's memory without the Worker, and without the stack")
    .option("--reveal", "show the secrets")
    .option("--out <file>", "write the kit with its secrets into a new file that only you can read")
    .option("--account <id>", "the stack is gone: the Cloudflare account of the bucket")
    .option("--bucket <name>", "the stack is gone: the bucket")
    .option("--jurisdiction <name>", "of the bucket", "default")
    .option("--api-url <url>", "Cloudflare's API", cloudflareApi)
    .action(run((context, command) => recoveryKitCommand(context, command.opts<RecoveryKitOptions>())));
  program
    .command("rotate-password")
    .description("another password for the bot's memory, in two steps with an `up` between them")
    .option("--finish", "the new one is deployed: remove the old keys")
    .option("-y, --yes", "do not ask")
    .action(run((context, command) => rotatePassword(context, command.opts<RotatePasswordOptions>())));
  program
    .command("converge")
    .description("wait until the bot is what the stack declares (the last step of `up`)")
    .option("--timeout <seconds>", "give up after", whole(1, 86_400), 1200)
    .option("--grace <seconds>", "how long the Worker may be out of reach", whole(0, 86_400), 120)
    .option("--interval <seconds>", "between two questions", whole(0, 3600), 2)
    .action(run((context, command) => converge(context, command.opts<ConvergeOptions>())));
  return program;
}
