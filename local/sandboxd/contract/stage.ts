/** The server under test: a fresh stand-in in a folder of its own, or the one at `SANDBOX_SERVER_URL`. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { freePort } from "../../freePort.ts";
import type { Exchange } from "./recording.ts";
import { rewrite } from "./recording.ts";

/** A server, and how the recording reads there. */
export interface Stage {
  readonly url: URL;
  /** Folder, port and user names of the recording, as they are on this stage. */
  adapt(exchange: Exchange): Exchange;
  close(): Promise<void>;
}

/** The server at `SANDBOX_SERVER_URL` takes the recording as it is: it has /workspace, root and the recorded environment. */
export async function openStage(): Promise<Stage> {
  const given = process.env.SANDBOX_SERVER_URL;
  if (given) return { url: new URL(given), adapt: (exchange) => exchange, close: async () => {} };
  return openStandIn();
}

/** Starts a stand-in with more environment than usual, or a main command. */
export async function openStandIn(
  env: NodeJS.ProcessEnv = {},
  args: readonly string[] = [],
): Promise<Stage & { server: ChildProcess; dir: string }> {
  const dir = await fs.mkdtemp(path.join(await fs.realpath(os.tmpdir()), "sandboxd-"));
  const [workspace, home, tmp] = ["workspace", "home", "tmp"].map((name) => path.join(dir, name));
  for (const folder of ["workspace", "home", "tmp", "shm"]) await fs.mkdir(path.join(dir, folder));
  const [web = 0, closed = 0] = [await freePort(), await freePort()];
  const server = spawn(process.execPath, [fileURLToPath(new URL("../index.ts", import.meta.url)), ...args], {
    cwd: dir,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: {
      PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
      HOME: home,
      TMPDIR: tmp,
      TALARIA_WORKSPACE: workspace,
      TALARIA_BIND: "127.0.0.1",
      SANDBOX_PORT: "0",
      SANDBOX_VERSION: "0.12.7",
      FROM_SERVER: "yes",
      ...env,
    },
  });
  const [line] = await once(readline.createInterface({ input: server.stdout }), "line");
  const url = new URL(String(line).replace(/^.* /, ""));
  const adapt = (exchange: Exchange) => {
    const moved = rewrite(exchange, (text) =>
      text
        .replaceAll("/workspace", `${workspace}`)
        .replaceAll("/dev/shm", path.join(dir, "shm"))
        .replaceAll("/root", `${home}`)
        .replace("\n0\nhBc", `\n${process.getuid?.()}\nhBc`)
        .replaceAll("8642", String(web)),
    );
    return withPorts(
      moved,
      new Map([
        [8642, web],
        [8999, closed],
        [3000, Number(url.port)],
      ]),
    );
  };
  const close = async () => {
    if (server.pid !== undefined && server.exitCode === null && server.signalCode === null) {
      server.kill("SIGTERM"); // ends what is registered
      await Promise.race([once(server, "exit"), new Promise((resolve) => setTimeout(resolve, 20_000).unref())]);
      endLeftovers(server.pid);
    }
    await fs.rm(dir, { recursive: true, force: true });
  };
  return { url, adapt, close, server, dir };
}

function withPorts(exchange: Exchange, ports: ReadonlyMap<number, number>): Exchange {
  const map = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || !("port" in value)) return value;
    return { ...value, port: ports.get(Number(value.port)) ?? value.port };
  };
  const { request, answer } = exchange;
  const { stream } = answer;
  const events = stream?.events.map((event) => Object(map(event)));
  return {
    ...exchange,
    request: { ...request, body: map(request.body) },
    answer: { ...answer, ...(stream ? { stream: { ...stream, events: events ?? [] } } : {}) },
  };
}

/** Session shells and their children are in the group of the server. */
function endLeftovers(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // nothing was left
  }
}
