/** Runs other programs. */
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment. @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Text for its standard input; without it, there is none. */
  readonly input?: string;
  /** Gets each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void;
  /** Ends the program after so many milliseconds. */
  readonly timeoutMs?: number;
}

export interface RunResult {
  /** Exit code; 127 when there is no such program, 124 when it took too long. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Programs that {@link run} waits for now. */
const running = new Set<ChildProcess>();

/** Waits until no program runs any more. Those that still do after `graceMs` are killed. */
export async function programsEnded(graceMs: number): Promise<void> {
  const ended = [...running].map((child) => new Promise((resolve) => child.once("close", resolve)));
  const timer = setTimeout(() => {
    for (const child of running) child.kill("SIGKILL");
  }, graceMs);
  await Promise.all(ended);
  clearTimeout(timer);
}

/** Sends a signal to every program that runs now. */
export function signalPrograms(signal: NodeJS.Signals): void {
  for (const child of running) child.kill(signal);
}

/** Runs a program to its end and keeps what it wrote. Never throws: a program that cannot be started ends with 127. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    running.add(child);
    const out = collect(options.onLine);
    const err = collect(options.onLine);
    child.stdout?.setEncoding("utf8").on("data", out.add);
    child.stderr?.setEncoding("utf8").on("data", err.add);
    child.stdin?.on("error", () => {}).end(options.input); // it may end without having read: its exit code tells
    let late = false;
    const timer = setTimeout(
      () => {
        late = true;
        child.kill("SIGKILL");
      },
      options.timeoutMs ?? 2 ** 31 - 1,
    );
    const end = (code: number, note = "") => {
      clearTimeout(timer);
      running.delete(child);
      resolve({ code: late ? 124 : code, stdout: out.text(), stderr: err.text() + note });
    };
    child.on("error", (error) => end(127, error.message));
    child.on("close", (code) => end(code ?? 1));
  });
}

/** The full path of a program on a PATH, as a shell finds it. */
export function findProgram(name: string, searchPath: string | undefined): string | undefined {
  return (searchPath ?? "")
    .split(path.delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => path.join(folder, name))
    .find(isProgram);
}

/** Whether a file is there and may be run. */
export function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // absent or not ours to run: both mean "not this one"
  }
}

function collect(onLine: ((line: string) => void) | undefined) {
  let text = "";
  let rest = "";
  return {
    add(chunk: string) {
      text += chunk;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.trim()) onLine?.(line);
    },
    text: () => text,
  };
}

/** Runs a program on this process's own terminal. Ctrl-C reaches it directly; this process waits for what it makes of it. */
export function runAttached(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<number> {
  const wait = () => {};
  process.on("SIGINT", wait);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: "inherit" });
    const forward = () => child.kill("SIGTERM");
    process.on("SIGTERM", forward);
    const end = () => {
      process.off("SIGINT", wait);
      process.off("SIGTERM", forward);
    };
    child.on("error", (error) => {
      end();
      reject(error);
    });
    child.on("close", (code, signal) => {
      end();
      resolve(code ?? (signal === null ? 1 : 128 + (os.constants.signals[signal] ?? 0)));
    });
  });
}
