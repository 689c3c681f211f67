/** `talaria exec shell`: a terminal in a session's sandbox. */
import { attached } from "../attached.ts";
import type { Context } from "../context.ts";
import { type SessionOptions, sessionRoute } from "../execApi.ts";
import { CliError } from "../problems.ts";
import { windowSize } from "../rawTerminal.ts";
import { RemoteShell } from "../remoteShell.ts";

/** Ends with the shell's exit code; a shell that was left, or that met its deadline, has one of its own. */
export async function execShell({ output, client }: Context, options: SessionOptions): Promise<void> {
  const bot = await client();
  const shell = new RemoteShell(bot, output, `${sessionRoute(options)}/jobs`);
  output.waiting(`opening a terminal in session ${options.session} …`);
  await shell.start({ tty: windowSize() });
  output.endWaiting();
  if (process.stdin.isTTY) output.note("Ctrl-] leaves.");
  const { exit, endedBy } = await attached(shell);
  if (endedBy === "deadline") output.note("The terminal has met its deadline (talaria:exec.deadlineMinutes).");
  if (endedBy === "lost") throw new CliError("sandboxLost", { session: options.session });
  process.exitCode = exit;
}
