/** Runs one shell command as the real plugin does: output kept and shown, failure told in its words. */
import { spawn } from "node:child_process";
import { setTimeout as wait } from "node:timers/promises";

/** What to run, and how. */
export interface CommandRun {
  /** The interpreter and the command, as the argument vector. */
  readonly interpreter: readonly string[];
  readonly command: string;
  readonly dir?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly signal: AbortSignal;
  /** Each finished line of output, as it comes. */
  onLine(stream: "stdout" | "stderr", line: string): void;
}

/** The output of a command that succeeded, without its last line break. */
export interface CommandOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** How long a command may take to end after SIGTERM before it is killed. */
const graceMs = 5_000;

/** Runs a command to its end. A cancelled run ends the command's whole process group. */
export async function runCommand(run: CommandRun): Promise<CommandOutput> {
  run.signal.throwIfAborted();
  const [program = "/bin/sh", ...args] = [...run.interpreter, run.command];
  // A process group of its own, so that what the command started ends with it.
  const child = spawn(program, args, { cwd: run.dir, env: run.environment, detached: true, stdio: "pipe" });
  const kept = { stdout: "", stderr: "", both: "" };
  const lines = { stdout: lineReader(), stderr: lineReader() };

  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      kept[stream] += text;
      kept.both += text;
      for (const line of lines[stream].push(text)) run.onLine(stream, line);
    });
  }
  // A command that never reads its input closes the pipe; its exit code tells the rest.
  child.stdin.on("error", () => {});
  child.stdin.end(run.stdin ?? "");

  let ended = false;
  const cancel = () => void endGroup(child.pid, () => ended);
  run.signal.addEventListener("abort", cancel, { once: true });
  const failure = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => resolve(code === 0 ? undefined : ending(code, signal)));
  });
  ended = true;
  run.signal.removeEventListener("abort", cancel);
  for (const stream of ["stdout", "stderr"] as const) {
    for (const line of lines[stream].rest()) run.onLine(stream, line);
  }
  if (failure !== undefined) throw new Error(`${failure}: running ${JSON.stringify(run.command)}:\n${kept.both}`);
  return { stdout: kept.stdout.replace(/\n$/, ""), stderr: kept.stderr.replace(/\n$/, "") };
}

/** How a process ended, in Go's words, which the real plugin shows. */
function ending(code: number | null, signal: NodeJS.Signals | null): string {
  const inGo: Partial<Record<NodeJS.Signals, string>> = {
    SIGKILL: "killed",
    SIGTERM: "terminated",
    SIGINT: "interrupt",
  };
  return signal ? `signal: ${inGo[signal] ?? signal.toLowerCase()}` : `exit status ${code}`;
}

async function endGroup(pid: number | undefined, ended: () => boolean): Promise<void> {
  if (pid === undefined) return;
  send(pid, "SIGTERM");
  await wait(graceMs, undefined, { ref: false });
  if (!ended()) send(pid, "SIGKILL");
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error; // it has ended by itself
  }
}

function lineReader() {
  let open = "";
  return {
    push(text: string): string[] {
      const parts = (open + text).split("\n");
      open = parts.pop() ?? "";
      return parts;
    },
    rest: (): string[] => (open === "" ? [] : [open]),
  };
}
