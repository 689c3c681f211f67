/** `talaria exec shell`: a terminal in a session's sandbox. */
import { randomUUID } from "node:crypto";
import type { Context } from "../context.ts";
import { type SessionOptions, sessionRoute } from "../execApi.ts";
import { CliError } from "../problems.ts";
import { takeTerminal, windowSize } from "../rawTerminal.ts";
import { RemoteShell, type ShellEnd } from "../remoteShell.ts";

/** Ctrl-]: leaves a shell that does not answer. In what is piped in it is a byte like any other. */
const leaveKey = 0x1d;

/** Ends with the shell's exit code; a shell that was left, or that met its deadline, has one of its own. */
export async function execShell({ output, client }: Context, options: SessionOptions): Promise<void> {
  const bot = await client();
  const shell = new RemoteShell(
    bot,
    output,
    `${sessionRoute(options)}/jobs/operator-${randomUUID().replaceAll("-", "")}`,
  );
  output.waiting(`opening a terminal in session ${options.session} …`);
  await shell.start(windowSize());
  output.endWaiting();
  if (process.stdin.isTTY) output.note("Ctrl-] leaves.");
  const { exit, endedBy } = await attached(shell);
  if (endedBy === "deadline") output.note("The terminal has met its deadline (talaria:exec.deadlineMinutes).");
  if (endedBy === "lost") throw new CliError("sandboxLost", { session: options.session });
  process.exitCode = exit;
}

/** Joins the shell with this process' streams until it has ended. The terminal is given back however that comes. */
async function attached(shell: RemoteShell): Promise<ShellEnd> {
  const { stdin, stdout } = process;
  const stop = new AbortController();
  const giveBack = takeTerminal();
  const broken = Promise.withResolvers<never>();
  const leave = () => shell.cancel().catch(broken.reject);
  const resized = () => void shell.resize(windowSize()).catch(broken.reject);
  const typed = (data: Buffer) => {
    const at = stdin.isTTY ? data.indexOf(leaveKey) : -1;
    if (at < 0) return shell.type(data, broken.reject);
    shell.type(data.subarray(0, at), broken.reject);
    void leave();
  };
  const ended = () => void shell.endInput().catch((error: unknown) => stop.signal.aborted || broken.reject(error));
  stdin.on("data", typed).on("end", ended);
  stdout.on("resize", resized);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, leave);
  try {
    return await Promise.race([shell.show(write), broken.promise]);
  } finally {
    stop.abort();
    stdin.off("data", typed).off("end", ended).pause();
    stdout.off("resize", resized);
    for (const signal of signals) process.off(signal, leave);
    giveBack();
  }
}

/** Waits for a terminal that is slower than the shell. */
function write(bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0 || process.stdout.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => process.stdout.once("drain", resolve));
}
