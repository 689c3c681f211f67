/** `exec`: one more process in a running container, with Docker's raw stream for input and output. */
import type { ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import type { Duplex, Readable } from "node:stream";
import { z } from "zod";
import type { ProcessContainer } from "./container.ts";
import { envRecord } from "./envRecord.ts";
import { signal } from "./strays.ts";

/** Body of `POST /containers/N/exec`. `User` is ignored: a process cannot change it without root. */
export const execSchema = z.object({
  Cmd: z.array(z.string()).min(1),
  Env: z.array(z.string()).nullish(),
  WorkingDir: z.string().nullish(),
  Tty: z.boolean().nullish(),
});

export class Exec {
  readonly id = randomBytes(32).toString("hex");
  readonly container: ProcessContainer;
  readonly #spec: z.infer<typeof execSchema>;
  running = false;
  exitCode = 0;
  pid = 0;

  constructor(container: ProcessContainer, spec: z.infer<typeof execSchema>) {
    this.container = container;
    this.#spec = spec;
  }

  /** Runs without a stream (`Detach: true`; workerd kills an exec by a second one like this). */
  startDetached(): void {
    const { child } = this.#spawn();
    child.stdin?.end();
    child.stdout?.resume();
    child.stderr?.resume();
  }

  /** Runs with the connection as its three streams. The connection ends when the process has ended. */
  startAttached(socket: Duplex): { readonly stdin: (data: Buffer) => void; readonly endStdin: () => void } {
    const { child, done } = this.#spawn();
    child.stdin?.on("error", () => {}); // the process closed its input
    this.#send(socket, child.stdout, 1);
    this.#send(socket, child.stderr, 2);
    done.then(() => socket.end());
    socket.on("close", () => {
      if (this.running) signal(-this.pid, "SIGKILL");
    });
    return {
      stdin: (data) => {
        if (child.stdin && !child.stdin.write(data)) {
          socket.pause();
          child.stdin.once("drain", () => socket.resume());
        }
      },
      endStdin: () => child.stdin?.end(),
    };
  }

  #spawn(): { child: ChildProcess; done: Promise<void> } {
    const { Cmd, Env, WorkingDir, Tty } = this.#spec;
    const cwd = WorkingDir || this.container.folders.workspace;
    const child = this.container.spawn(Tty ? inTerminal(Cmd) : Cmd, cwd, { env: this.container.env(envRecord(Env)) });
    this.running = true;
    this.pid = child.pid ?? 0;
    this.container.track(child);
    const done = new Promise<void>((resolve) => {
      const end = (code: number) => {
        this.exitCode = code;
        this.running = false;
        removePidFile(Cmd);
      };
      child.once("error", (error: NodeJS.ErrnoException) => {
        end(error.code === "ENOENT" ? 127 : 126);
        resolve();
      });
      child.once("exit", (code, name) => end(code ?? 128 + (name ? os.constants.signals[name] : 0)));
      child.once("close", () => resolve());
    });
    return { child, done };
  }

  /** Docker's frames: `[stream, 0, 0, 0, length]`, then data. A terminal has raw bytes. */
  #send(socket: Duplex, from: Readable | null, stream: 1 | 2): void {
    from?.on("data", (data: Buffer) => {
      if (!this.#spec.Tty) {
        const header = Buffer.alloc(8);
        header[0] = stream;
        header.writeUInt32BE(data.length, 4);
        socket.write(header);
      }
      if (!socket.write(data)) {
        from.pause();
        socket.once("drain", () => from.resume());
      }
    });
  }
}

/** A terminal without a native module: `script` of util-linux or BSD. */
function inTerminal(command: readonly string[]): readonly string[] {
  if (process.platform === "darwin") return ["script", "-q", "/dev/null", ...command];
  const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  return ["script", "-qefc", quoted, "/dev/null"];
}

/** workerd wraps each command so that it writes its id into a file of the temp folder. Nobody else removes it. */
function removePidFile(command: readonly string[]): void {
  const file = /^echo \$\$ > (\S*\/\.workerd-exec-[0-9a-f-]+\.pid);/.exec(command[2] ?? "")?.[1];
  if (file) fs.rmSync(file, { force: true });
}
