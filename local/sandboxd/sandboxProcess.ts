/** A registered process: its record, its output so far, and those who follow it. */
import type { Listener } from "./command.ts";
import type { Ending } from "./processTree.ts";

/** As the wire has it; `error` is a start that failed or a session that died. */
export type Status = "running" | "completed" | "failed" | "killed" | "error";

/** What is kept of an ended process, on disk and on the wire. */
export interface ProcessRecord {
  readonly id: string;
  readonly command: string;
  readonly sessionId: string;
  readonly startTime: string;
  readonly pid?: number;
  readonly status: Status;
  readonly endTime?: string;
  readonly exitCode?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a process is ended. Undefined where there is nothing to signal. */
export type Kill = () => Promise<Ending>;

/** Follower of a process. `ended` comes last and once. */
export interface Follower extends Listener {
  ended(): void;
}

/** One started command with an id. */
export class SandboxProcess implements Listener {
  readonly id: string;
  readonly command: string;
  readonly sessionId: string;
  readonly startTime = new Date().toISOString();
  /** A second process under an id that was still running. */
  readonly duplicate: boolean;
  pid: number | undefined;
  kill: Kill | undefined;
  private status: Status = "running";
  private endTime: string | undefined;
  private exitCode: number | undefined;
  private out = "";
  private err = "";
  private readonly followers = new Set<Follower>();

  constructor(id: string, command: string, sessionId: string, duplicate: boolean) {
    this.id = id;
    this.command = command;
    this.sessionId = sessionId;
    this.duplicate = duplicate;
  }

  get running(): boolean {
    return this.status === "running";
  }

  get record(): ProcessRecord {
    return {
      id: this.id,
      command: this.command,
      sessionId: this.sessionId,
      startTime: this.startTime,
      ...(this.pid === undefined ? {} : { pid: this.pid }),
      status: this.status,
      ...(this.endTime === undefined ? {} : { endTime: this.endTime }),
      ...(this.exitCode === undefined ? {} : { exitCode: this.exitCode }),
      stdout: this.out,
      stderr: this.err,
    };
  }

  stdout(text: string): void {
    this.out += text;
    for (const follower of this.followers) follower.stdout(text);
  }

  stderr(text: string): void {
    this.err += text;
    for (const follower of this.followers) follower.stderr(text);
  }

  /** Notes the end. A later end of the same id overwrites the exit code, but nobody is told twice. */
  finish(status: Status, exitCode?: number): void {
    this.status = status;
    this.endTime ??= new Date().toISOString();
    this.exitCode = exitCode;
    for (const follower of this.followers) follower.ended();
    this.followers.clear();
  }

  /** Follows from the beginning: what has come so far, then the rest. Returns how to leave. */
  follow(follower: Follower): () => void {
    if (this.out) follower.stdout(this.out);
    if (this.err) follower.stderr(this.err);
    if (!this.running) {
      follower.ended();
      return () => {};
    }
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }

  /** Resolves at the end. */
  async end(): Promise<void> {
    const silent = { stdout: () => {}, stderr: () => {} };
    await new Promise<void>((resolve) => this.follow({ ...silent, ended: resolve }));
  }
}

/** What an exit code says about how a process ended. */
export function statusOf(exitCode: number): Status {
  if (exitCode === 0) return "completed";
  return exitCode === 137 || exitCode === 143 ? "killed" : "failed";
}
