/** The engine's end of the pipe to the watcher process. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Tells a detached process what to end should this process die without warning. */
export class Watch {
  readonly #child: ChildProcess;

  /** `mark` finds processes that nobody reported (see strays.ts). */
  constructor(mark: string) {
    this.#child = spawn(process.execPath, [fileURLToPath(new URL("watcher.ts", import.meta.url)), mark], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: process.env.PATH ?? "", NODE_NO_WARNINGS: "1" },
    });
    this.#child.stdin?.on("error", () => {}); // a watcher that was killed ends nothing; the engine still cleans up
    this.#child.unref();
  }

  groupStarted(pid: number): void {
    this.#tell(`+${pid}`);
  }

  groupEnded(pid: number): void {
    this.#tell(`-${pid}`);
  }

  processStarted(pid: number): void {
    this.#tell(`p${pid}`);
  }

  processEnded(pid: number): void {
    this.#tell(`q${pid}`);
  }

  folder(path: string): void {
    this.#tell(`f${path}`);
  }

  /** Ends the watcher; it removes whatever is left and exits. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.ref();
    this.#child.stdin?.end();
    await ended;
  }

  #tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }
}
