/** What the runtime asks of a container engine. The process engine implements it; so can Docker. */
import type { ContainerInstance } from "./contract.ts";

/** One line of output, with the Worker that it belongs to (undefined: the runtime itself). */
export interface LogLine {
  readonly worker: string | undefined;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
}

/** Takes log lines. Must not throw. */
export type Log = (line: LogLine) => void;

/** The container application behind an image name that Miniflare was given, see {@link imageName}. */
export interface Application {
  readonly worker: string;
  readonly className: string;
  /** The reference that new containers start with; undefined when there is no application. */
  readonly image: string | undefined;
  /** Memory of a container, MiB; undefined: as much as the machine has. */
  readonly memoryMib?: number | undefined;
}

/** What an engine gets from the runtime. */
export interface EngineHooks {
  readonly log: Log;
  /** Resolves a stable image name at create time, so that a new image needs no restart of workerd. */
  application(imageName: string): Application | undefined;
}

/** Which containers an operation means. */
export interface ContainerFilter {
  readonly worker: string;
  readonly className?: string;
}

/** Runs containers for workerd, which talks Docker's Engine API to `socketPath`. */
export interface Engine {
  readonly kind: "process" | "docker";
  /** Whether a container is kept from the files, processes and network of this machine. */
  readonly isolated: boolean;
  readonly socketPath: string;
  instances(filter: ContainerFilter): readonly ContainerInstance[];
  /** SIGTERM, then SIGKILL after `graceMs`, to the containers that run another image than `except`. Resolves when they have ended. */
  stop(filter: ContainerFilter, options: { readonly graceMs: number; readonly except?: string }): Promise<void>;
  /** Gets an image ahead of the containers that will start from it. Never rejects. */
  prepare?(image: string): Promise<void>;
  /** Ends the containers and removes what they left. */
  destroy(filter: ContainerFilter): Promise<void>;
  /** Environment for workerd, so that the engine knows it as part of the run. */
  readonly workerdEnv: Readonly<Record<string, string>>;
  /** Environment for a `pulumi` that works on the runtime: it, its plugins and what they start end with the engine. */
  readonly pulumiEnv: Readonly<Record<string, string>>;
  /** A workerd was started: from now on it must not outlive this process. */
  workerdStarted(): void;
  close(): Promise<void>;
}

/** Makes an engine for one runtime. */
export type EngineFactory = (hooks: EngineHooks) => Promise<Engine>;

/** The image name that Miniflare is given for a class. It never changes; the engine resolves it at create time. */
export function imageName(worker: string, className: string): string {
  return `talaria/${worker}/${className}`.toLowerCase();
}
