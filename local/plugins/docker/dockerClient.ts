/** The `docker` program, told what to do in a way that leaves nothing of ours behind. */
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import type { ImageInputs } from "./inputs.ts";

/** What a step needs around it. */
export interface DockerCall {
  /** Aborted when the user cancels the update: the program is ended. */
  readonly signal: AbortSignal;
  onLine(line: string): void;
}

/** A `docker` command that failed; its message holds the last lines of what it said. */
export class DockerFailed extends Error {
  override readonly name = "DockerFailed";
}

/** Builds an image into the daemon, under its full name. */
export async function buildImage(image: ImageInputs, call: DockerCall): Promise<void> {
  const { imageName, context, dockerfile, platform, args, target, network } = image;
  const options = [
    ["--tag", imageName],
    ["--file", dockerfile],
    ...(platform === undefined ? [] : [["--platform", platform]]),
    ...Object.entries(args).map(([name, value]) => ["--build-arg", `${name}=${value}`]),
    ...(target === undefined ? [] : [["--target", target]]),
    ...(network === undefined ? [] : [["--network", network]]),
  ].flat();
  const withBuildx = await hasBuildx(call.signal);
  // A pushed image is one manifest, never an index with attestations: Cloudflare's registry deletes no index.
  const command = withBuildx ? ["buildx", "build", "--load", "--provenance=false", "--progress=plain"] : ["build"];
  await docker([...command, ...options, context], call, withBuildx ? {} : { DOCKER_BUILDKIT: "1" });
}

/** Pushes an image with these credentials, else with the user's own login; returns its digest. */
export async function pushImage({ imageName, registry }: ImageInputs, call: DockerCall): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-docker-"));
  try {
    const { username, password } = registry;
    const login = username !== undefined && password !== undefined;
    if (login) await writeLogin(folder, registry.server ?? hostOf(imageName), username, password);
    const output = await docker(["push", imageName], call, login ? { DOCKER_CONFIG: folder } : {});
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
    if (digest === undefined) throw new DockerFailed(`docker push ${imageName} named no digest: ${output.slice(-500)}`);
    return digest;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Whether the daemon or its registry refused a login, in the words of either. */
export function isRefusal(error: unknown): boolean {
  const words = /unauthorized|denied|authentication required|no basic auth credentials|401|403 Forbidden/i;
  return error instanceof DockerFailed && words.test(error.message);
}

/** `registry/account/name:tag` → `registry`. */
function hostOf(imageName: string): string {
  return imageName.split("/")[0] ?? "";
}

/** The login alone: neither a credential store of the user's nor his other logins are touched. */
async function writeLogin(folder: string, server: string, username: string, password: string): Promise<void> {
  const auth = Buffer.from(`${username}:${password}`).toString("base64");
  await fs.writeFile(path.join(folder, "config.json"), JSON.stringify({ auths: { [server]: { auth } } }), {
    mode: 0o600,
  });
}

const pluginsSchema = z.object({
  ClientInfo: z.object({ Plugins: z.array(z.looseObject({ Name: z.string() })).nullish() }),
});

async function hasBuildx(signal: AbortSignal): Promise<boolean> {
  const silent = { signal, onLine: () => {} };
  const info = await docker(["info", "--format", "{{json .}}"], silent).catch(() => "");
  try {
    const plugins = pluginsSchema.parse(JSON.parse(info)).ClientInfo.Plugins ?? [];
    return plugins.some(({ Name }) => Name === "buildx");
  } catch {
    return false; // then `docker build` says itself what it lacks
  }
}

function docker(args: readonly string[], { signal, onLine }: DockerCall, env: NodeJS.ProcessEnv = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("docker", args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      signal,
      killSignal: "SIGTERM",
    });
    let text = "";
    let line = "";
    const take = (chunk: string) => {
      text += chunk;
      const lines = (line + chunk).split(/\r?\n|\r/);
      line = lines.pop() ?? "";
      for (const whole of lines) if (whole.trim() !== "") onLine(whole);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", (error) => reject(new DockerFailed(notStarted(error))));
    child.on("close", (code) => {
      if (line.trim() !== "") onLine(line);
      if (code === 0) resolve(text);
      else reject(new DockerFailed(`docker ${args[0]} ended with exit code ${code}:\n${text.trim().slice(-2000)}`));
    });
  });
}

function notStarted(error: Error): string {
  const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
  return missing ? "docker is not installed: https://docs.docker.com/engine/install" : error.message;
}
