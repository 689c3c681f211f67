/** One container: a process group in a folder of its own, on a loopback address of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Application } from "../engine.ts";
import type { ContainerFolders, Program } from "../program.ts";
import { folderEnv, makeFolders, makeHome, ownWorkspace, removeFolder } from "./folders.ts";
import type { SharedWorkspace } from "./sharedWorkspace.ts";
import { killInside, killStrays, marker, markerEnv, signal } from "./strays.ts";
import type { Watch } from "./watch.ts";

/** What a create call says about a container. */
export interface ContainerSpec {
  readonly id: string;
  readonly name: string;
  readonly application: Application;
  readonly reference: string;
  readonly program: Program;
  readonly address: string;
  /** Replaces the program's command when the Worker gave an `entrypoint`. */
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** Surroundings of all containers of an engine. */
export interface ContainerHost {
  readonly engineId: string;
  readonly watch: Watch;
  /** Undefined where each container's workspace has a path of its own. */
  readonly sharedWorkspace: SharedWorkspace | undefined;
  /** Called once, when the container has ended; `lastOutput` is what its program printed last. */
  ended(container: ProcessContainer, lastOutput: string): void;
  /** The folder could not be removed. */
  leftBehind(container: ProcessContainer, error: Error): void;
}

export class ProcessContainer {
  readonly spec: ContainerSpec;
  readonly folders: ContainerFolders;
  readonly #host: ContainerHost;
  readonly #ended: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly #groups = new Set<number>();
  #leader: ChildProcess | undefined;
  #starting: Promise<void> | undefined;
  #removing = false;
  /** Removal of the folder, under way from the end of the processes on. */
  #removed: Promise<void> | undefined;
  #env: Readonly<Record<string, string>> = {};
  status: "created" | "running" | "exited" = "created";
  /** Exit code; a death by signal is 128 + its number. */
  exitCode = 0;
  startedAt = new Date(0);

  constructor(spec: ContainerSpec, host: ContainerHost) {
    this.spec = spec;
    this.#host = host;
    this.folders = makeFolders(spec.id.slice(0, 12), host.sharedWorkspace?.path);
    host.watch.folder(this.folders.root);
  }

  /** Starts the program. `insideUrl` is where the Worker's inside host answers. Throws when it cannot be started. */
  start(insideUrl: string): Promise<void> {
    this.#starting ??= this.#start(insideUrl);
    return this.#starting;
  }

  async #start(insideUrl: string): Promise<void> {
    const { spec, folders } = this;
    this.#env = {
      HOSTNAME: spec.id.slice(0, 12),
      ...folderEnv(folders),
      ...spec.program.env(folders),
      TALARIA_BIND: spec.address,
      TALARIA_URL: insideUrl,
      TALARIA_IMAGE: spec.reference,
      ...ownEnv(spec.env),
      ...markerEnv(this.#host.engineId, spec.id),
    };
    makeHome(folders, this.#env.HOME ?? folders.home);
    const command = spec.command ?? spec.program.command;
    if (command.length === 0) throw new Error(`image ${spec.reference} has no command`);
    const output = fs.openSync(this.#outputFile, "a");
    const leader = this.spawn(command, folders.workspace, { env: this.env({}), stdio: ["ignore", output, output] });
    fs.closeSync(output);
    await new Promise<void>((resolve, reject) => leader.once("spawn", resolve).once("error", reject));
    this.#leader = leader;
    this.status = "running";
    this.startedAt = new Date();
    this.track(leader);
    leader.once("exit", (code, name) => this.#end(code ?? 128 + (name ? os.constants.signals[name] : 0)));
  }

  /** Environment of a process that joins the container. */
  env(extra: Readonly<Record<string, string>>): Record<string, string> {
    return { ...this.#env, ...extra };
  }

  /** Starts a process of the container in a group of its own. `cwd` is a path as the container's programs see it. */
  spawn(command: readonly string[], cwd: string, options: Pick<SpawnOptions, "env" | "stdio">): ChildProcess {
    const shared = this.#host.sharedWorkspace;
    const own = ownWorkspace(this.folders.root);
    const [program = "", ...args] = shared ? shared.enter(own, cwd, command) : command;
    return spawn(program, args, { ...options, cwd: shared ? own : cwd, detached: true });
  }

  /** Counts a process group as part of the container until it ends. */
  track(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#groups.add(pid);
    this.#host.watch.groupStarted(pid);
    child.once("exit", () => {
      this.#groups.delete(pid);
      this.#host.watch.groupEnded(pid);
    });
  }

  /** Signals the leader alone, as Docker does with PID 1. False when nothing runs. */
  kill(name: NodeJS.Signals): boolean {
    if (this.status !== "running" || this.#leader?.pid === undefined) return false;
    signal(this.#leader.pid, name);
    return true;
  }

  /** Whether its end was ordered by {@link remove}. */
  get removing(): boolean {
    return this.#removing;
  }

  /** Resolves when all processes of the container have ended; at once when it was never started. */
  async exited(): Promise<void> {
    if (this.#leader) await this.#ended.promise;
  }

  /** SIGTERM to the leader, SIGKILL after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    if (!this.kill("SIGTERM")) return;
    const timer = setTimeout(() => this.kill("SIGKILL"), graceMs);
    await this.exited();
    clearTimeout(timer);
  }

  /** Ends everything at once and removes the folder. */
  async remove(): Promise<void> {
    this.#removing = true;
    await this.#starting?.catch(() => {}); // told to whoever started it
    this.kill("SIGKILL");
    await this.exited();
    await (this.#removed ?? removeFolder(this.folders.root));
  }

  /** As in a PID namespace: when the leader goes, all go. */
  #end(code: number): void {
    this.status = "exited";
    this.exitCode = code;
    if (this.#leader?.pid !== undefined) signal(-this.#leader.pid, "SIGKILL");
    for (const group of this.#groups) signal(-group, "SIGKILL");
    killStrays(marker(this.#host.engineId, this.spec.id));
    killInside(this.folders.root);
    const lastOutput = lastLines(this.#outputFile);
    this.#removed = removeFolder(this.folders.root).catch((error: Error) => this.#host.leftBehind(this, error));
    this.#host.ended(this, lastOutput);
    this.#ended.resolve();
  }

  get #outputFile(): string {
    return path.join(this.folders.root, "output.log");
  }
}

/** The last 2 KB of a file, empty when there is none. */
function lastLines(file: string): string {
  if (!fs.existsSync(file)) return "";
  const size = fs.statSync(file).size;
  const length = Math.min(size, 2048);
  const handle = fs.openSync(file, "r");
  const buffer = Buffer.alloc(length);
  fs.readSync(handle, buffer, 0, length, size - length);
  fs.closeSync(handle);
  return buffer.toString().trim();
}

/** HTTPS interception does not exist here: a server that waited for its certificate would add it to the machine's own bundle. */
function ownEnv(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { SANDBOX_INTERCEPT_HTTPS: _unknown, ...own } = env;
  return own;
}
