/** The command line: names, arguments and help. What commands do lies in `commands/`. */
import { Command, InvalidArgumentError, Option } from "commander";
import { type AuditOptions, audit } from "./commands/audit.ts";
import { care, drill } from "./commands/care.ts";
import { type ChatOptions, chat } from "./commands/chat.ts";
import { type ConvergeOptions, converge } from "./commands/converge.ts";
import { diff } from "./commands/diff.ts";
import { env } from "./commands/env.ts";
import { execLs, execSessions } from "./commands/exec.ts";
import { execGet, execPut, type FileOptions } from "./commands/execFiles.ts";
import { execShell } from "./commands/execShell.ts";
import { type ExportOptions, exportTo } from "./commands/export.ts";
import { type ImportOptions, importFrom } from "./commands/import.ts";
import { type RestartOptions, restart, stop, wake } from "./commands/lifecycle.ts";
import { type LogsOptions, logs } from "./commands/logs.ts";
import { type RecoveryKitOptions, recoveryKitCommand } from "./commands/recoveryKit.ts";
import { type RestoreOptions, restore } from "./commands/restore.ts";
import { type RollbackOptions, rollback } from "./commands/rollback.ts";
import { slackManifest } from "./commands/slackManifest.ts";
import { type SnapshotOptions, snapshot } from "./commands/snapshot.ts";
import { snapshots } from "./commands/snapshots.ts";
import { type StartFreshOptions, startFresh } from "./commands/startFresh.ts";
import { status } from "./commands/status.ts";
import { type StatusOptions, watchStatus } from "./commands/statusWatch.ts";
import {
  type AddOptions,
  logout,
  type RotateOptions,
  tokenAdd,
  tokenList,
  tokenRevoke,
  tokenRotate,
} from "./commands/token.ts";
import { type Context, contextOf, type GlobalOptions } from "./context.ts";
import type { SessionOptions } from "./execApi.ts";
import { cloudflareApi } from "./recovery/place.ts";
import { secondsIn } from "./times.ts";

const about = `
Which bot: --stack NAME reads the outputs of that stack; else TALARIA_URL with TALARIA_ADMIN_TOKEN
(and TALARIA_CLIENT_TOKEN for chat); else stack local.`;

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
  program
    .command("chat")
    .description("say something to the bot and print its answer")
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
    .command("slack-manifest")
    .description("what a Slack app for this bot is made from (JSON)")
    .action(run((context) => slackManifest(context)));
  program
    .command("logs")
    .description("the last log lines, also of a bot that is down")
    .option("--tail <lines>", "how many", whole(1, 2000), 200)
    .addOption(new Option("--source <name>", "only these").choices(["gateway", "worker"]))
    .addOption(new Option("--level <level>", "this level and worse").choices(["info", "warn", "error"]))
    .option("-f, --follow", "go on with what comes, until Ctrl-C")
    .action(run((context, command) => logs(context, command.opts<LogsOptions>())));
  addMemoryCommands(program);
  addExecCommands(program);
  addCallerCommands(program);
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
    .command("converge")
    .description("wait until the bot is what the stack declares (the last step of `up`)")
    .option("--timeout <seconds>", "give up after", whole(1, 86_400), 1200)
    .option("--grace <seconds>", "how long the Worker may be out of reach", whole(0, 86_400), 120)
    .option("--interval <seconds>", "between two questions", whole(0, 3600), 2)
    .action(run((context, command) => converge(context, command.opts<ConvergeOptions>())));
  return program;
}

function addMemoryCommands(program: Command): void {
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

function addExecCommands(program: Command): void {
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

function addCallerCommands(program: Command): void {
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

/** `default` is Hermes' own name for a task that has none. */
function ofSession(command: Command): Command {
  return command.option("--session <id>", "the session, see ./talaria exec sessions", "default");
}

function run(act: (context: Context, command: Command) => Promise<void>) {
  return async function (this: Command): Promise<void> {
    await act(contextOf(this.optsWithGlobals<GlobalOptions>()), this);
  };
}

function span(text: string): number {
  const seconds = secondsIn(text);
  if (seconds === undefined) throw new InvalidArgumentError("It is a number with s, m, h, d or w, such as 90d.");
  return seconds;
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
  };
}
