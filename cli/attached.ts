/** A job elsewhere, joined with this process' terminal, or with what is piped in and out. */
import { takeTerminal, windowSize } from "./rawTerminal.ts";
import type { RemoteShell, ShellEnd } from "./remoteShell.ts";

/** Ctrl-]: leaves a shell that does not answer. In what is piped in it is a byte like any other. */
const leaveKey = 0x1d;
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Joins the shell with this process' streams until it has ended. The terminal is given back however that comes. */
export async function attached(shell: RemoteShell): Promise<ShellEnd> {
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

/** Shows what a job without a terminal writes until it has ended; Ctrl-C ends it with all that it has started. */
export async function shown(job: RemoteShell): Promise<ShellEnd> {
  const broken = Promise.withResolvers<never>();
  const leave = () => job.cancel().catch(broken.reject);
  for (const signal of signals) process.on(signal, leave);
  try {
    return await Promise.race([job.show(write), broken.promise]);
  } finally {
    for (const signal of signals) process.off(signal, leave);
  }
}

/** Waits for a terminal that is slower than the shell. */
function write(bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0 || process.stdout.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => process.stdout.once("drain", resolve));
}
