/** Finds a daemon that runs already. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { findProgram, run } from "../toolchain/run.ts";
import { type DockerEnv, hasBuildx, serverVersion } from "./client.ts";
import type { DockerPaths } from "./folders.ts";

/** What answers, or what stands in the way of using it. */
export type Running = { readonly env: DockerEnv } | { readonly wrong: string } | undefined;

/** Asks, in order: `DOCKER_HOST`, the client's context, the usual socket, and the daemon of another local system of ours. */
export async function runningDocker(paths: DockerPaths, env: NodeJS.ProcessEnv): Promise<Running> {
  if (findProgram("docker", env.PATH) === undefined) return undefined;
  const config = env.DOCKER_CONFIG ?? path.join(os.homedir(), ".docker");
  if (env.DOCKER_HOST) return (await usable(env.DOCKER_HOST, config)) ?? { wrong: silent(env.DOCKER_HOST) };
  const found = (await usable(await contextHost(), config)) ?? (await usable("unix:///var/run/docker.sock", config));
  return found ?? (await usable(`unix://${paths.socket}`, paths.config));
}

async function usable(host: string, config: string): Promise<Running> {
  if (!host.startsWith("unix://"))
    return host === "" ? undefined : { wrong: `its daemon at ${host} has no unix socket` };
  if (!fs.existsSync(host.slice("unix://".length))) return undefined;
  const env = { DOCKER_HOST: host, DOCKER_CONFIG: config };
  if ((await serverVersion(env)) === undefined) return undefined;
  if (!(await hasBuildx(env))) return { wrong: "a daemon runs, but its client lacks buildx: install docker-buildx" };
  return { env };
}

async function contextHost(): Promise<string> {
  const { code, stdout } = await run("docker", ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"]);
  return code === 0 ? stdout.trim() : "";
}

function silent(host: string): string {
  return `DOCKER_HOST is ${host}, and no daemon answers there: start it, or unset DOCKER_HOST`;
}
