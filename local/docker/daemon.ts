/** A Docker daemon: the one that runs, else one of our own. */
import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { withLock } from "../toolchain/lock.ts";
import { tail } from "../toolchain/problem.ts";
import { type Progress, step, type Tell } from "../toolchain/progress.ts";
import { type DockerEnv, dockerOutput, serverVersion } from "./client.ts";
import { type DockerPaths, dockerPaths, dockerRoot } from "./folders.ts";
import { installPackages, systemProgram } from "./packages.ts";
import { runningDocker } from "./running.ts";

/** dockerd is up in a second; a machine under load gets more. */
const startMs = 60_000;

/** A daemon to use. */
export interface Docker {
  /** `unix:///…` */
  readonly socket: string;
  /** For docker clients and plugins. */
  readonly env: DockerEnv;
  /** Whether this daemon was started here: it ends with this process, and everything in it is ours. */
  readonly owned: boolean;
  /** Ends an owned daemon; its layers stay under the root, as a cache. */
  close(): Promise<void>;
}

/** Why there is none. */
export interface NoDocker {
  readonly unavailable: string;
}

export interface EnsureDockerOptions {
  readonly progress: Progress;
  /** Folder of a daemon of our own. @default `/tmp/talaria-docker-<uid>` */
  readonly root?: string;
  /** @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Uses a running daemon if one answers. Else, as root on Linux with apt, installs Debian's and starts it on a private socket
 * with private data. Never throws for a machine that cannot: it says why.
 */
export async function ensureDocker(options: EnsureDockerOptions): Promise<Docker | NoDocker> {
  const { progress, root = dockerRoot, env = process.env } = options;
  const paths = dockerPaths(root);
  return await step<Docker | NoDocker>(progress, "Docker", async (tell) => {
    const running = await runningDocker(paths, env);
    if (running !== undefined && "wrong" in running) return skipped(running.wrong);
    if (running !== undefined) return { value: foreign(running.env), summary: `daemon at ${running.env.DOCKER_HOST}` };
    const hindrance = cannotStart();
    if (hindrance !== undefined) return skipped(hindrance);
    await fs.mkdir(root, { recursive: true, mode: 0o700 });
    return await withLock(`${root}.lock`, () => startOwn(paths, tell));
  });
}

function cannotStart(): string | undefined {
  if (process.platform !== "linux") return "no Docker daemon answers: start Docker Desktop, or what you use instead";
  if (process.getuid?.() !== 0) return "no Docker daemon answers, and only root can start one: start yours";
  if (systemProgram("dockerd") === undefined && systemProgram("apt-get") === undefined)
    return "no Docker daemon answers, and there is neither dockerd nor apt: install Docker";
  return undefined;
}

function foreign(env: DockerEnv): Docker {
  return { socket: env.DOCKER_HOST, env, owned: false, close: async () => {} };
}

async function startOwn(paths: DockerPaths, tell: Tell) {
  const lacking = await installPackages(paths, tell);
  if (lacking !== undefined) return skipped(lacking);
  await endLeftover(paths);
  tell("starting dockerd");
  const keeper = spawn(process.execPath, [fileURLToPath(new URL("keeper.ts", import.meta.url)), paths.root], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
  });
  keeper.stdin?.on("error", () => {}); // a keeper that is gone is seen by its exit
  keeper.unref();
  const env: DockerEnv = { DOCKER_HOST: `unix://${paths.socket}`, DOCKER_CONFIG: paths.config };
  const version = await answers(env, keeper);
  if (version === undefined) {
    await end(keeper);
    const log = await fs.readFile(paths.log, "utf8").catch(() => "");
    return skipped(`dockerd does not start here: ${tail(log, 2) || "it said nothing"}`);
  }
  await removeContainers(env);
  const value: Docker = { socket: env.DOCKER_HOST, env, owned: true, close: () => end(keeper) };
  return { value, summary: `Debian's dockerd ${version}, started for this run` };
}

async function answers(env: DockerEnv, keeper: ChildProcess): Promise<string | undefined> {
  for (const deadline = performance.now() + startMs; performance.now() < deadline; await sleep(100)) {
    if (keeper.exitCode !== null || keeper.signalCode !== null) return undefined;
    const version = await serverVersion(env);
    if (version !== undefined) return version;
  }
  return undefined;
}

/** Ends a daemon whose keeper was killed. */
async function endLeftover(paths: DockerPaths): Promise<void> {
  const pid = Number(await fs.readFile(paths.pidFile, "utf8").catch(() => "0"));
  const command = await fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (pid > 0 && command.includes(paths.data)) {
    process.kill(pid, "SIGTERM");
    for (let i = 0; i < 300 && (await exists(`/proc/${pid}`)); i++) await sleep(100);
  }
  for (const leftover of [paths.socket, paths.pidFile]) await fs.rm(leftover, { force: true });
}

/** Containers that a killed run left in our own daemon. */
async function removeContainers(env: DockerEnv): Promise<void> {
  const ids = (await dockerOutput(env, ["ps", "-aq"])).split("\n").filter((id) => id !== "");
  if (ids.length > 0) await dockerOutput(env, ["rm", "-f", "-v", ...ids]);
}

async function end(keeper: ChildProcess): Promise<void> {
  if (keeper.exitCode !== null || keeper.signalCode !== null) return;
  const ended = new Promise((resolve) => keeper.once("exit", resolve));
  keeper.ref();
  keeper.stdin?.end();
  await ended;
}

async function exists(file: string): Promise<boolean> {
  return await fs.access(file).then(
    () => true,
    () => false,
  );
}

function skipped(unavailable: string) {
  return { value: { unavailable }, summary: `skipped: ${unavailable}` };
}
