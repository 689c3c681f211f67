/** Builds the image of the stand-in: a Debian base, Node, nft and the bundled program. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { z } from "zod";
import type { DockerClient } from "../docker/dockerClient.ts";

export interface SidecarImageOptions {
  /** A Debian image with apt that the daemon has or can pull. */
  readonly base: string;
  /** A Node 24 binary for Linux. @default this process's own */
  readonly node?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface BuiltImage {
  readonly reference: string;
  /** False when the daemon had it already. */
  readonly made: boolean;
}

const lineSchema = z.looseObject({ error: z.string().optional() });

/** `talaria/sidecar:<hash of everything in it>`, built unless the daemon has it. @throws Error with the builder's words */
export async function buildSidecarImage(docker: DockerClient, options: SidecarImageOptions): Promise<BuiltImage> {
  const node = options.node ?? process.execPath;
  const program = await bundle();
  const dockerfile = sidecarDockerfile(options.base);
  const hash = createHash("sha256").update(dockerfile).update(program).update(process.version).digest("hex");
  const reference = `talaria/sidecar:${hash.slice(0, 16)}`;
  if (await docker.has(`/images/${encodeURIComponent(reference)}/json`)) return { reference, made: false };
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-sidecar-"));
  try {
    fs.copyFileSync(node, path.join(context, "node"));
    fs.chmodSync(path.join(context, "node"), 0o755);
    fs.writeFileSync(path.join(context, "sidecar.mjs"), program);
    fs.writeFileSync(path.join(context, "Dockerfile"), dockerfile);
    await buildImage(docker, { context, reference, labels: options.labels ?? {} });
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
  return { reference, made: true };
}

export interface BuildOptions {
  /** Folder with a Dockerfile. */
  readonly context: string;
  readonly reference: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Builds a folder with the daemon's own builder. @throws Error with the builder's words */
export async function buildImage(docker: DockerClient, { context, reference, labels }: BuildOptions): Promise<void> {
  const query = new URLSearchParams({ t: reference, labels: JSON.stringify(labels), rm: "1", forcerm: "1" });
  const tar = spawn("tar", ["-C", context, "-cf", "-", "."], { stdio: ["ignore", "pipe", "ignore"] });
  let failed: string | undefined;
  await docker.json({
    method: "POST",
    path: `/build?${query}`,
    body: tar.stdout,
    onLine: (line) => {
      failed = lineSchema.parse(JSON.parse(line)).error ?? failed;
    },
  });
  if (failed !== undefined) throw new Error(`Image ${reference} could not be built: ${failed}`);
}

/** The base may have nft already; otherwise it comes from Debian. */
function sidecarDockerfile(base: string): string {
  return `FROM ${base}
RUN command -v nft >/dev/null || { apt-get update -qq \\
 && apt-get install -y -qq --no-install-recommends nftables libstdc++6 >/dev/null && rm -rf /var/lib/apt/lists/*; }
COPY node /usr/local/bin/node
COPY sidecar.mjs /sidecar.mjs
ENTRYPOINT ["node", "/sidecar.mjs"]
`;
}

async function bundle(): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL("index.ts", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node24",
  });
  const [output] = result.outputFiles;
  if (!output) throw new Error("esbuild made nothing of the sidecar");
  return output.contents;
}
