/** Calls the docker client, and says what is wrong when it fails. */

import { tail } from "../toolchain/problem.ts";
import { type RunOptions, type RunResult, run } from "../toolchain/run.ts";

/** What leads a docker client to one daemon. */
export interface DockerEnv {
  readonly DOCKER_HOST: string;
  /** The client's folder of logins and plugins; without it, the user's own. */
  readonly DOCKER_CONFIG?: string;
}

/** Runs `docker …` against that daemon. */
export function docker(env: DockerEnv, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return run("docker", args, { ...options, env: { ...process.env, ...env } });
}

/** Runs `docker …` and returns its output. Throws with the client's last words. */
export async function dockerOutput(env: DockerEnv, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await docker(env, args, options);
  if (code !== 0) throw new Error(`docker ${args[0]} failed with ${code}: ${tail(stderr || stdout)}`);
  return stdout.trim();
}

/** Version of the daemon; undefined when none answers. */
export async function serverVersion(env: DockerEnv): Promise<string | undefined> {
  const { code, stdout } = await docker(env, ["version", "--format", "{{.Server.Version}}"], { timeoutMs: 10_000 });
  return code === 0 && stdout.trim() !== "" ? stdout.trim() : undefined;
}

/** Whether the client can build with BuildKit. */
export async function hasBuildx(env: DockerEnv): Promise<boolean> {
  return (await docker(env, ["buildx", "version"], { timeoutMs: 10_000 })).code === 0;
}
