/** Session mode: a persistent `bash --norc` that reads scripts from its stdin and reports on file descriptor 3. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import type { Readable } from "node:stream";
import type { Command, Outcome } from "./command.ts";
import { OutputTail } from "./outputTail.ts";
import { endTree, killTree } from "./processTree.ts";
import type { SandboxProcess } from "./sandboxProcess.ts";
import { signalCode } from "./sessionlessRun.ts";
import { backgroundScript, foregroundScript } from "./sessionScript.ts";

const pidWaitMs = 1000;

/** How a session begins. */
export interface SessionOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | null>>;
  /** Time-out of its commands in milliseconds, where a command brings none. */
  readonly commandTimeoutMs?: number;
}

/** The shell ended while a command ran in it. */
export class ShellDied extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`the shell exited with ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** One shell. Commands run one after the other; processes run beside them. */
export class Session {
  readonly options: SessionOptions;
  readonly dir: string;
  /** Resolves with the exit code of the shell. */
  readonly died: Promise<number>;
  private readonly shell: ChildProcess;
  private readonly waiting = new Map<string, (value: number) => void>();
  private readonly processes = new Set<SandboxProcess>();
  private queue: Promise<unknown> = Promise.resolve();
  private count = 0;

  private constructor(options: SessionOptions, dir: string, shell: ChildProcess) {
    this.options = options;
    this.dir = dir;
    this.shell = shell;
    this.died = new Promise((resolve) => {
      shell.once("exit", (code, signal) => {
        resolve(code ?? signalCode(signal));
        this.abandonProcesses();
        fs.rmSync(dir, { recursive: true, force: true });
      });
    });
    shell.stdin?.on("error", () => {}); // a dead shell is told by `died`
    shell.stdout?.resume();
    shell.stderr?.resume();
    const reports = shell.stdio[3] as Readable;
    readline.createInterface({ input: reports }).on("line", (line) => this.onReport(line));
  }

  /** Starts a shell. Where the folder is missing it starts in `$HOME`. */
  static async open(options: SessionOptions): Promise<Session> {
    const dir = await fs.promises.mkdtemp(path.join(os.tmpdir(), "session-"));
    const env: NodeJS.ProcessEnv = { ...process.env };
    for (const [name, value] of Object.entries(options.env)) {
      if (value === null) delete env[name];
      else env[name] = value;
    }
    const cwd = fs.existsSync(options.cwd) ? options.cwd : os.homedir();
    const shell = spawn("bash", ["--norc"], { cwd, env, stdio: ["pipe", "pipe", "pipe", "pipe"] });
    await once(shell, "spawn");
    return new Session(options, dir, shell);
  }

  get pid(): number {
    return this.shell.pid ?? 0;
  }

  /** Runs a command. A time-out ends the waiting only: the command runs on and holds up the next one. */
  exec(command: Command): Promise<Outcome> {
    const turn = this.queue.then(() => this.run(command));
    this.queue = turn.catch(() => {}); // the caller of `exec` sees the failure
    return turn;
  }

  /** Starts a process beside the commands. Its pid is known after at most a second, or never. */
  async startProcess(started: SandboxProcess, command: Command, onExit: (exitCode: number) => void): Promise<void> {
    this.processes.add(started);
    if (started.id.includes("/")) return started.finish("failed", 1); // its output would need a folder that is not there
    const key = this.nextKey();
    const files = this.files(started.id);
    const tail = new OutputTail(files, started);
    started.kill = async () => {
      if (started.pid === undefined) return "survived";
      if (started.duplicate) return killAtOnce(started.pid);
      return endTree(started.pid);
    };
    const pid = this.report(`p ${key}`);
    void this.report(`x ${key}`).then((exitCode) => {
      tail.finish();
      this.processes.delete(started);
      if (started.running) onExit(exitCode);
    });
    void started.end().then(() => tail.finish());
    this.write(backgroundScript(key, command, files));
    started.pid = await Promise.race([pid, after(pidWaitMs)]);
  }

  /** Ends the shell once its queue is empty. */
  async close(): Promise<void> {
    await this.queue;
    this.abandonProcesses();
    this.shell.kill("SIGKILL");
    await this.died;
  }

  private async run(command: Command): Promise<Outcome> {
    const key = this.nextKey();
    const files = this.files(`exec-${key}`);
    const done = this.report(`x ${key}`);
    this.write(foregroundScript(key, command, files));
    const timeoutMs = command.timeoutMs ?? this.options.commandTimeoutMs;
    const first = await Promise.race([
      done.then((exitCode) => ({ exitCode })),
      this.died.then((exitCode) => new ShellDied(exitCode)),
      ...(timeoutMs === undefined
        ? []
        : [after(timeoutMs).then(() => new Error(`Command timeout after ${timeoutMs}ms`))]),
    ]);
    if (first instanceof Error) throw first;
    return { ...first, stdout: takeOutput(files.stdout), stderr: takeOutput(files.stderr) };
  }

  private abandonProcesses(): void {
    for (const started of this.processes) {
      if (!started.running) continue;
      if (started.pid !== undefined) killTree(started.pid);
      started.finish("error");
    }
    this.processes.clear();
  }

  private report(key: string): Promise<number> {
    return new Promise((resolve) => this.waiting.set(key, resolve));
  }

  private onReport(line: string): void {
    const [kind, key, value] = line.split(" ");
    const name = `${kind} ${key}`;
    this.waiting.get(name)?.(Number(value));
    this.waiting.delete(name);
  }

  private write(script: string): void {
    this.shell.stdin?.write(script);
  }

  private nextKey(): string {
    this.count += 1;
    return String(this.count);
  }

  private files(name: string): { stdout: string; stderr: string } {
    return { stdout: path.join(this.dir, `${name}.out`), stderr: path.join(this.dir, `${name}.err`) };
  }
}

async function killAtOnce(pid: number): Promise<"killed"> {
  killTree(pid);
  return "killed";
}

/** Reads and removes a command's output. One trailing newline and all NULs are lost, as in the real server. */
function takeOutput(file: string): string {
  const text = fs.readFileSync(file, "utf8").replaceAll("\0", "").replace(/\n$/, "");
  fs.rmSync(file);
  return text;
}

function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), ms).unref());
}
