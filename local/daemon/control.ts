/** Starts and stops the loopback Cloudflare's process. */
import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { stateDir } from "../paths.ts";
import { type Daemon, runningDaemon } from "../toolchain/daemon.ts";
import { ToolchainProblem } from "../toolchain/problem.ts";
import type { EngineKind } from "./engine.ts";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
/** Everything that Workers, containers and the loopback API write. */
export const daemonLog = path.join(stateDir, "log", "daemon.log");

/** Draining a bot takes up to its own limit; then the process is ended. */
const stopWithinMs = 60_000;

const outcomeSchema = z.union([z.object({ ready: z.literal(true) }), z.object({ failed: z.string() })]);
const messageSchema = z.union([outcomeSchema, z.object({ tell: z.string() })]);

export interface DaemonOptions {
  /** What runs the containers; undefined: what the running daemon has, or plain processes. */
  readonly engine: EngineKind | undefined;
  /** Python environment with Hermes. */
  readonly hermesVenv: string;
  /** The restic of Hermes' containers. */
  readonly restic: string;
  /** Gets a line about what takes its time. */
  readonly tell?: (text: string) => void;
}

/** The running daemon, or a new one. It outlives this process. */
export async function ensureDaemon(options: DaemonOptions): Promise<{ daemon: Daemon; started: boolean }> {
  const { engine, hermesVenv, restic, tell = () => {} } = options;
  const running = await runningDaemon(stateDir);
  if (running && engine && running.engine !== engine) throw otherEngine(running.engine, engine);
  if (running) return { daemon: running, started: false };
  fs.mkdirSync(path.dirname(daemonLog), { recursive: true });
  const output = fs.openSync(daemonLog, "a");
  const child = spawn(process.execPath, [main], {
    detached: true,
    stdio: ["ignore", output, output, "ipc"],
    env: {
      ...process.env,
      TALARIA_HERMES_VENV: hermesVenv,
      TALARIA_RESTIC: restic,
      TALARIA_ENGINE: engine ?? "process",
    },
  });
  fs.closeSync(output);
  const report = await new Promise<z.infer<typeof outcomeSchema>>((resolve) => {
    child.on("message", (data) => {
      const message = messageSchema.parse(data);
      if ("tell" in message) tell(message.tell);
      else resolve(message);
    });
    child.once("error", (error) => resolve({ failed: error.message }));
    child.once("exit", (code) => resolve({ failed: `its process ended with exit code ${code}` }));
  });
  child.unref();
  const daemon = await runningDaemon(stateDir);
  if ("ready" in report && daemon) return { daemon, started: true };
  const reason = "failed" in report ? report.failed : "it did not announce itself";
  throw new ToolchainProblem("The loopback Cloudflare did not start.", [reason], [`its log: ${daemonLog}`]);
}

function otherEngine(running: string, wanted: EngineKind): ToolchainProblem {
  return new ToolchainProblem(
    `The local system runs its containers on the engine \`${running}\`, not \`${wanted}\`.`,
    [],
    [`npm run local -- --stop   then   npm run local -- --engine ${wanted}`],
  );
}

/** Ends the daemon and everything that it runs. Returns whether there was one. */
export async function stopDaemon(): Promise<boolean> {
  const daemon = await runningDaemon(stateDir);
  if (!daemon) return false;
  process.kill(daemon.pid, "SIGTERM");
  for (const end = Date.now() + stopWithinMs; Date.now() < end; await pause(50)) if (!isAlive(daemon.pid)) return true;
  process.kill(daemon.pid, "SIGKILL");
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
