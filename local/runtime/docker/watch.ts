/** The engine's end of the pipe to the watcher process. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface WatchOptions {
  /** Finds this engine's workerds, see process/strays.ts. */
  readonly mark: string;
  /** Path of the daemon's socket. */
  readonly daemon: string;
  readonly engineId: string;
}

/** Tells a detached process what to remove should this process die without warning. */
export class Watch {
  readonly #child: ChildProcess;

  constructor({ mark, daemon, engineId }: WatchOptions) {
    const program = fileURLToPath(new URL("watcher.ts", import.meta.url));
    this.#child = spawn(process.execPath, [program, mark, daemon, engineId], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: process.env.PATH ?? "", NODE_NO_WARNINGS: "1" },
    });
    this.#child.stdin?.on("error", () => {}); // a watcher that was killed removes nothing; the next engine's start does
    this.#child.unref();
  }

  folder(path: string): void {
    this.#child.stdin?.write(`f${path}\n`);
  }

  image(reference: string): void {
    this.#child.stdin?.write(`i${reference}\n`);
  }

  registry(host: string): void {
    this.#child.stdin?.write(`r${host}\n`);
  }

  /** Ends the watcher; it removes whatever is left and exits. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.ref();
    this.#child.stdin?.end();
    await ended;
  }
}
