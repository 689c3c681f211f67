/** Stand-in for the image of the SDK's server: `local/sandboxd` in one file, with Node and npm at the same paths. */
import fs from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";
import { cacheDir, checkout } from "../paths.ts";
import { createFolder } from "../toolchain/folder.ts";
import { tail } from "../toolchain/problem.ts";
import { run } from "../toolchain/run.ts";
import type { DockerEnv } from "./client.ts";
import { imageOf } from "./imageFiles.ts";

/** npm as an image for commands has it; Node's own images bring one along. */
const npmVersion = "11.21.2";
const starter = '#!/bin/sh\nexec /container-server/sandbox.node /container-server/sandbox.mjs "$@"\n';

/** Builds it unless the daemon has it. */
export async function ensureServerImage(env: DockerEnv): Promise<{ name: string; built: boolean }> {
  const node = await fs.realpath(path.join(checkout, "node_modules", "node", "bin", "node"));
  return await imageOf(env, "talaria-base/sandbox", [
    { to: "/container-server/sandbox", from: { text: starter }, mode: 0o755 },
    { to: "/container-server/sandbox.mjs", from: { text: await bundledServer() } },
    { to: "/container-server/sandbox.node", from: { path: node }, mode: 0o755 },
    { to: "/usr/local/bin/node", from: { path: node }, mode: 0o755 },
    { to: "/usr/local/lib/node_modules/npm", from: { path: await npmFolder() } },
  ]);
}

async function bundledServer(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(checkout, "local", "sandboxd", "index.ts")],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node24",
    keepNames: true,
    logLevel: "silent",
  });
  return outputFiles.map((file) => file.text).join("");
}

/** npm's own package, which holds all that it needs. */
async function npmFolder(): Promise<string> {
  const folder = path.join(cacheDir, `npm-${npmVersion}`);
  if (await fs.stat(folder).catch(() => undefined)) return path.join(folder, "package");
  await createFolder(folder, async (partial) => {
    const packed = await run("npm", ["pack", `npm@${npmVersion}`, "--silent"], { cwd: partial });
    if (packed.code !== 0) throw new Error(`npm could not be fetched: ${tail(packed.stderr)}`);
    const archive = path.join(partial, packed.stdout.trim().split("\n").at(-1) ?? "");
    const tar = await run("tar", ["-xzf", archive, "-C", partial]);
    if (tar.code !== 0) throw new Error(`npm's package could not be unpacked: ${tail(tar.stderr)}`);
    await fs.rm(archive);
  });
  return path.join(folder, "package");
}
