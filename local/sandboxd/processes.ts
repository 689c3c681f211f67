/** The registry of started processes, in both modes. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sessionless } from "./call.ts";
import type { Command } from "./command.ts";
import { Fault, messageOf } from "./fault.ts";
import { type Ending, endGroup, isAlive } from "./processTree.ts";
import { RecordStore } from "./recordStore.ts";
import { type ProcessRecord, SandboxProcess, statusOf } from "./sandboxProcess.ts";
import { startSessionless, timeoutNotice } from "./sessionlessRun.ts";
import type { Sessions } from "./sessions.ts";
import type { Settings } from "./settings.ts";

const exitNoticeMs = 200;

/** Processes by id. A second start under an id takes the id over; the first runs on unmanaged. */
export class Processes {
  private readonly settings: Settings;
  private readonly sessions: Sessions;
  private readonly store: RecordStore;
  private readonly known = new Map<string, SandboxProcess>();
  private readonly ended: Map<string, ProcessRecord>;

  constructor(settings: Settings, sessions: Sessions) {
    this.settings = settings;
    this.sessions = sessions;
    this.store = new RecordStore(settings.recordsDir);
    this.ended = new Map(this.store.load().map((record) => [record.id, record]));
  }

  /** Starts a command under an id. A failed start leaves a record with status `error` and throws. */
  async start(command: Command, sessionId: string, processId?: string): Promise<SandboxProcess> {
    const id = processId ?? `proc_${Date.now()}_${randomBytes(3).toString("hex")}`;
    const started = new SandboxProcess(id, command.text, sessionId, this.known.get(id)?.running ?? false);
    this.ended.delete(id);
    this.store.remove(id);
    this.known.set(id, started);
    if (sessionId === sessionless) await this.startSessionless(started, command);
    else await this.sessions.startProcess(started, command, (exitCode) => this.finish(id, exitCode));
    return started;
  }

  /** A process of this server's life. */
  live(id: string): SandboxProcess | undefined {
    return this.known.get(id);
  }

  /**
   * The record of a process. Of one whose pid is gone but whose end was not seen, it comes when the end is seen: for a
   * session process that ran `exit` that is never, until it is killed.
   */
  async record(id: string): Promise<ProcessRecord> {
    const process = this.known.get(id);
    if (process?.running && process.pid !== undefined && !isAlive(process.pid)) await process.end();
    const record = process?.record ?? this.ended.get(id);
    if (!record) throw notFound(id);
    return record;
  }

  /** All records, of this life and of earlier ones. */
  list(status?: string): ProcessRecord[] {
    const all = [...[...this.known.values()].map((process) => process.record), ...this.ended.values()];
    return status === undefined ? all : all.filter((record) => record.status === status);
  }

  /** Ends a process and waits for it. Ended ones are COMMAND_NOT_FOUND, unknown ones PROCESS_NOT_FOUND. */
  async kill(id: string): Promise<void> {
    const process = this.known.get(id);
    const sessionId = process?.sessionId ?? this.ended.get(id)?.sessionId;
    if (sessionId === undefined) throw notFound(id);
    if (!process?.running || process.pid === undefined || !isAlive(process.pid) || !process.kill) {
      if (process?.running && process.pid !== undefined) this.finish(id, 143);
      throw new Fault("COMMAND_NOT_FOUND", `Command '${id}' not found or already completed in session '${sessionId}'`, {
        command: id,
      });
    }
    const ending = await process.kill();
    process.finish("killed", process.record.exitCode ?? exitCodeAfter(ending, process));
    this.store.save(process.record);
  }

  /** Ends all running processes, one after the other, and counts those that it ended. */
  async killAll(): Promise<number> {
    let count = 0;
    for (const process of [...this.known.values()].filter(({ running }) => running)) {
      const killed = await this.kill(process.id).then(
        () => true,
        () => false, // it has just ended, or never began: not counted, and nothing to report
      );
      if (killed) count += 1;
    }
    return count;
  }

  private async startSessionless(started: SandboxProcess, command: Command): Promise<void> {
    try {
      const run = await startSessionless(command, this.settings.workspace, started);
      started.pid = run.pid;
      started.kill = async () => {
        const ending = await endGroup(run.pid);
        await Promise.race([run.ended, sleep(exitNoticeMs)]); // its own exit code, unless a survivor holds the output
        return ending;
      };
      void run.ended.then(({ exitCode, timedOut }) => {
        if (timedOut) started.stderr(`${timeoutNotice(started.record.stderr, command)}\n`);
        this.finish(started.id, exitCode);
      });
    } catch (error) {
      const message = `Failed to execute streaming command '${command.text}' in sessionless execution: ${messageOf(error)}`;
      started.stderr(message);
      started.finish("error");
      this.store.save(started.record);
      throw new Fault("STREAM_START_ERROR", message, { command: command.text, stderr: messageOf(error) });
    }
  }

  /** Notes an end by id: the end of an orphan whose id was taken over is noted in the record of the other one. */
  private finish(id: string, exitCode: number): void {
    const process = this.known.get(id);
    if (!process) return;
    if (process.running || process.duplicate) process.finish(statusOf(exitCode), exitCode);
    this.store.save(process.record);
  }
}

/** Exit code of a killed process that told none. In a session it is known only after SIGTERM. */
function exitCodeAfter(ending: Ending, { sessionId, duplicate }: SandboxProcess): number | undefined {
  if (sessionId === sessionless) return ending === "terminated" ? 143 : 137;
  return ending === "terminated" && !duplicate ? 143 : undefined;
}

function notFound(id: string): Fault {
  return new Fault("PROCESS_NOT_FOUND", `Process ${id} not found`, { processId: id });
}
