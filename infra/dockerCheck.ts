/** Whether this machine can build images for Cloudflare: asked before anything is created. */
import fs from "node:fs";
import { z } from "zod";
import { type RunDocker, runDocker } from "./docker.ts";

/** Docker 20.10, the first whose own builder is BuildKit's with cache mounts. */
const oldestApi = "1.41";
const withoutDocker = "Or name prebuilt images: pulumi config set --path talaria:images.hermes <reference by digest>";

const answerSchema = z.object({
  Server: z.object({ ApiVersion: z.string(), Version: z.string(), Arch: z.string(), Os: z.string() }),
});

/** What is missing, in one message; undefined when images can be built. */
export async function dockerLack(
  docker: RunDocker = runDocker,
  binfmt = "/proc/sys/fs/binfmt_misc",
): Promise<string | undefined> {
  const { ok, text } = await docker("version", "--format", "{{json .}}");
  if (!ok && text.includes("ENOENT")) {
    return `Docker is not installed, and the stack builds its images with it: https://docs.docker.com/engine/install\n${withoutDocker}`;
  }
  const parsed = ok ? answerSchema.safeParse(parse(text)) : undefined;
  if (parsed?.success !== true) {
    const said = text.trim().split("\n").at(-1) ?? "";
    return `Docker does not run here (${said}). Start it, or point DOCKER_HOST at one that runs.\n${withoutDocker}`;
  }
  const { ApiVersion, Version, Arch } = parsed.data.Server;
  if (olderThan(ApiVersion)) {
    return `Docker ${Version} is too old to build the images: they need 20.10 or newer.\n${withoutDocker}`;
  }
  if (Arch === "amd64" || (await emulates(docker, binfmt))) return undefined;
  return (
    `Docker here builds for ${Arch} and cannot run linux/amd64, which is all that Cloudflare runs. Install the emulation:\n` +
    `docker run --privileged --rm tonistiigi/binfmt --install amd64\n${withoutDocker}`
  );
}

/** A builder says which platforms it runs; without buildx, the kernel's table of foreign programs tells. */
async function emulates(docker: RunDocker, binfmt: string): Promise<boolean> {
  const builder = await docker("buildx", "inspect");
  if (builder.ok) return /linux\/amd64/.test(builder.text);
  return ["qemu-x86_64", "rosetta"].some((name) => fs.existsSync(`${binfmt}/${name}`));
}

function olderThan(api: string): boolean {
  const [major = 0, minor = 0] = api.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldestApi.split(".").map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // then Docker said something else, which the message shows
  }
}
