/** `talaria shell` and `talaria hermes -- ARGS`: in the agent's own container, as the agent's user. */
import { buffer } from "node:stream/consumers";
import { statusSchema } from "../api.ts";
import { attached, shown } from "../attached.ts";
import type { Client } from "../client.ts";
import type { Context } from "../context.ts";
import type { Output } from "../output.ts";
import { CliError } from "../problems.ts";
import { windowSize } from "../rawTerminal.ts";
import { RemoteShell, type ShellEnd, type ShellOrder } from "../remoteShell.ts";

/** A login shell; ends with its exit code. */
export async function shell({ output, client }: Context): Promise<void> {
  const bot = await client();
  const job = await started(bot, output, { tty: windowSize() });
  if (process.stdin.isTTY) output.note("Ctrl-] leaves.");
  end(output, await attached(job));
}

/** `hermes` with these arguments; ends with its exit code. At a terminal it has one, else it reads what is piped in, which comes first. */
export async function hermes({ output, client }: Context, argv: readonly string[]): Promise<void> {
  const bot = await client();
  if (process.stdin.isTTY && process.stdout.isTTY) {
    const job = await started(bot, output, { argv, tty: windowSize() });
    return end(output, await attached(job));
  }
  const stdin = process.stdin.isTTY ? Buffer.alloc(0) : await buffer(process.stdin);
  end(output, await shown(await started(bot, output, { argv, stdin: stdin.toString("base64") })));
}

/** Starts it, and says so where the bot has to wake first. */
export async function started(bot: Client, output: Output, order: ShellOrder): Promise<RemoteShell> {
  const { value } = await bot.api({ method: "GET", path: "/api/status" }, statusSchema);
  if (value.state !== "ready" && value.desired !== "stopped") output.note(`The bot is ${value.state}: waking it …`);
  const job = new RemoteShell(bot, output, "/api/box/jobs");
  await job.start(order);
  return job;
}

/** Takes over how it ended. */
export function end(output: Output, { exit, endedBy }: ShellEnd): void {
  if (endedBy === "deadline") output.note("It has met its deadline (talaria:exec.deadlineMinutes).");
  if (endedBy === "lost") throw new CliError("containerLost");
  process.exitCode = exit;
}
