/** The persistent shells, by session id. An id that is unknown or whose shell died gets a fresh shell, silently. */
import { randomBytes } from "node:crypto";
import type { Command, Outcome } from "./command.ts";
import { Fault, messageOf } from "./fault.ts";
import { killTree } from "./processTree.ts";
import type { SandboxProcess } from "./sandboxProcess.ts";
import { Session, type SessionOptions, ShellDied } from "./session.ts";

/** All sessions of a server. */
export class Sessions {
  private readonly workspace: string;
  private readonly byId = new Map<string, Promise<Session>>();

  constructor(workspace: string) {
    this.workspace = workspace;
  }

  get ids(): string[] {
    return [...this.byId.keys()];
  }

  /** Creates a session on purpose. */
  async create(id: string | undefined, options: Partial<SessionOptions>): Promise<{ id: string; session: Session }> {
    const name = id ?? `session_${Date.now()}_${randomBytes(6).toString("hex")}`;
    if (this.byId.has(name)) {
      throw new Fault("SESSION_ALREADY_EXISTS", `Session '${name}' already exists`, {
        sessionId: name,
        containerPlacementId: null,
      });
    }
    return { id: name, session: await this.open(name, options) };
  }

  /** Ends a session after the command that runs in it. Its processes are killed. */
  async delete(id: string): Promise<void> {
    const session = await this.byId.get(id);
    if (!session) {
      throw new Fault("INTERNAL_ERROR", `Session '${id}' not found`, {
        sessionId: id,
        originalError: "Session not found",
      });
    }
    this.byId.delete(id);
    await session.close();
  }

  /** Runs a command in a session. */
  async exec(id: string, command: Command): Promise<Outcome> {
    if (id.trim() === "") throw commandFailed(command, "", "sessionId must not be empty or whitespace");
    const session = await this.get(id);
    try {
      return await session.exec(command);
    } catch (error) {
      if (error instanceof ShellDied) throw terminated(id, error.exitCode);
      throw commandFailed(command, ` in session '${id}'`, messageOf(error));
    }
  }

  /** Starts a background process in a session. `onExit` is called only if the command reaches its own end. */
  async startProcess(started: SandboxProcess, command: Command, onExit: (exitCode: number) => void): Promise<void> {
    const session = await this.get(started.sessionId);
    await session.startProcess(started, command, onExit);
  }

  /** Where relative paths start in a session. */
  async cwd(id: string): Promise<string> {
    const { stdout } = await this.exec(id, { text: "pwd", env: {} });
    return stdout;
  }

  /** Kills every shell at once. */
  closeAll(): void {
    for (const opening of this.byId.values()) void opening.then((session) => killTree(session.pid));
    this.byId.clear();
  }

  private get(id: string): Promise<Session> {
    return this.byId.get(id) ?? this.open(id, {});
  }

  private open(id: string, options: Partial<SessionOptions>): Promise<Session> {
    const opening = Session.open({ cwd: this.workspace, env: {}, ...options });
    this.byId.set(id, opening);
    void opening.then(
      (session) => session.died.then(() => this.forget(id, opening)),
      () => this.forget(id, opening),
    );
    return opening;
  }

  private forget(id: string, opening: Promise<Session>): void {
    if (this.byId.get(id) === opening) this.byId.delete(id);
  }
}

function commandFailed(command: Command, where: string, reason: string): Fault {
  return new Fault("COMMAND_EXECUTION_ERROR", `Failed to execute command '${command.text}'${where}: ${reason}`, {
    command: command.text,
    stderr: reason,
  });
}

function terminated(id: string, exitCode: number): Fault {
  return new Fault("SESSION_TERMINATED", `Session '${id}' shell exited (exit code: ${exitCode})`, {
    sessionId: id,
    exitCode,
  });
}
