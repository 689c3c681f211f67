/** A container for process tests: folders of this machine, and the real programs of `container/hermes`. No gateway runs in it. */
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import type { Box } from "../sandbox/box.ts";

const programs = path.resolve(import.meta.dirname, "../../container/hermes/bin");

interface Child {
  readonly pid: number;
  code: number | undefined;
  output: string;
}

/** Its disk is `folder`. */
export class ProcessBox implements Box {
  readonly folder: string;
  private readonly restic: string;
  private readonly children = new Map<string, Child>();

  /** @param restic the program */
  constructor(folder: string, restic: string) {
    this.folder = folder;
    this.restic = restic;
  }

  get home(): string {
    return path.join(this.folder, "home", "hermes");
  }

  async isRunning(): Promise<boolean> {
    return true;
  }

  async run(command: string) {
    const child = await this.spawn(command, {});
    const { code, stdout, stderr } = await child.end;
    return { exitCode: code, stdout, stderr };
  }

  async start(processId: string, command: string, env: Record<string, string>): Promise<void> {
    const { pid, end } = await this.spawn(command, env);
    const child: Child = { pid, code: undefined, output: "" };
    this.children.set(processId, child);
    void end.then(({ code, stdout, stderr }) => Object.assign(child, { code, output: stdout + stderr }));
  }

  async process(processId: string) {
    const child = this.children.get(processId);
    return child && { alive: child.code === undefined, exitCode: child.code };
  }

  async output(processId: string): Promise<string> {
    return this.children.get(processId)?.output ?? "";
  }

  async kill(processId: string): Promise<void> {
    const child = this.children.get(processId);
    if (child?.code === undefined && child !== undefined) process.kill(child.pid, "SIGTERM");
  }

  async fetch(): Promise<Response> {
    throw new Error("nothing is served in this container");
  }

  async destroy(): Promise<void> {
    for (const { pid, code } of this.children.values()) if (code === undefined) process.kill(pid, "SIGKILL");
    this.children.clear();
    await fs.rm(this.folder, { recursive: true, force: true });
  }

  private async spawn(command: string, env: Record<string, string>) {
    const { folder, home } = this;
    await fs.mkdir(home, { recursive: true });
    const child = spawn("/bin/sh", ["-c", `exec ${command}`], {
      env: {
        PATH: `${programs}:${path.dirname(this.restic)}:${process.env.PATH ?? ""}`,
        TALARIA_HOME: home,
        TALARIA_WORKSPACE: path.join(folder, "workspace"),
        TALARIA_RUN: path.join(folder, "run"),
        TALARIA_BIND: "127.0.0.1",
        TALARIA_URL: "http://127.0.0.1:9",
        ...env,
      },
    });
    const said = { stdout: "", stderr: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said.stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said.stderr += text));
    const end = new Promise<{ code: number; stdout: string; stderr: string }>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ code: code ?? -1, ...said }));
    });
    return { pid: child.pid ?? 0, end };
  }
}
