/** Sessionless mode: one `/bin/bash -c` per command, in a process group of its own. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Command, Listener, Outcome } from "./command.ts";
import { endGroup } from "./processTree.ts";

const bash = "/bin/bash";

/** A running bash. */
export interface SessionlessRun {
  readonly pid: number;
  /**
   * Exit code, 124 after the time-out, 128 + n after a signal. It comes when bash has ended *and* stdout and stderr
   * are closed: a background child that holds them delays it, past the time-out too.
   */
  readonly ended: Promise<{ exitCode: number; timedOut: boolean }>;
}

/** Starts a command. Rejects when its folder is missing. */
export async function startSessionless(
  command: Command,
  workspace: string,
  listener: Listener,
): Promise<SessionlessRun> {
  const cwd = command.cwd ?? workspace;
  if (!fs.statSync(cwd, { throwIfNoEntry: false })?.isDirectory()) throw noBash("ENOENT: no such file or directory");
  const env = Object.entries(command.env).map(([name, value]) => [name, String(value)]);
  const child = spawn(bash, ["-c", command.text], {
    cwd,
    env: { ...process.env, ...Object.fromEntries(env) },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  forward(child.stdout, (text) => listener.stdout(text));
  forward(child.stderr, (text) => listener.stderr(text));
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error: NodeJS.ErrnoException) => reject(noBash(error.code ?? error.message)));
  });
  const pid = child.pid ?? 0;
  const timeout = command.timeoutMs === undefined ? undefined : startTimeout(pid, command.timeoutMs);
  const ended = new Promise<{ exitCode: number; timedOut: boolean }>((resolve) => {
    child.once("close", (code, signal) => {
      clearTimeout(timeout?.timer);
      const timedOut = timeout?.fired() ?? false;
      resolve({ timedOut, exitCode: timedOut ? 124 : (code ?? signalCode(signal)) });
    });
  });
  return { pid, ended };
}

/** Runs a command to its end. */
export async function runSessionless(command: Command, workspace: string): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  const listener = {
    stdout: (text: string) => {
      stdout += text;
    },
    stderr: (text: string) => {
      stderr += text;
    },
  };
  const run = await startSessionless(command, workspace, listener);
  const { exitCode, timedOut } = await run.ended;
  return { exitCode, stdout, stderr: timedOut ? stderr + timeoutNotice(stderr, command) : stderr };
}

/** What a time-out adds to stderr: a line of its own, without a newline after it. */
export function timeoutNotice(stderr: string, command: Command): string {
  return `${stderr === "" || stderr.endsWith("\n") ? "" : "\n"}Command timed out after ${command.timeoutMs}ms`;
}

function startTimeout(pid: number, ms: number): { timer: NodeJS.Timeout; fired: () => boolean } {
  let fired = false;
  const timer = setTimeout(() => {
    fired = true; // also when bash has ended and only a child of its group still holds the output
    void endGroup(pid);
  }, ms);
  return { timer, fired: () => fired };
}

function forward(stream: Readable, listen: (text: string) => void): void {
  const decoder = new StringDecoder("utf8");
  stream.on("data", (chunk: Buffer) => {
    const text = decoder.write(chunk);
    if (text) listen(text);
  });
  stream.on("end", () => {
    const rest = decoder.end();
    if (rest) listen(rest);
  });
}

/** Exit code of a death by signal, as shells count it. */
export function signalCode(signal: NodeJS.Signals | null): number {
  return 128 + (signal ? os.constants.signals[signal] : 0);
}

function noBash(reason: string): Error {
  return new Error(`${reason}, posix_spawn '${bash}'`);
}
