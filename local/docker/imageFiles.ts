/** Makes an image of files: `FROM scratch`, one layer. */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { type DockerEnv, docker, dockerOutput } from "./client.ts";

/** A file or folder of an image. */
export interface ImageFile {
  /** Absolute path in the image. */
  readonly to: string;
  /** A path on this machine, or text. */
  readonly from: { readonly path: string } | { readonly text: string };
  /** Permission bits of a file. @default 0644 */
  readonly mode?: number;
}

/** Builds the image, tagged with the hash of its content, unless the daemon has it. Returns its name and whether it was built. */
export async function imageOf(
  env: DockerEnv,
  name: string,
  files: readonly ImageFile[],
): Promise<{ name: string; built: boolean }> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-image-"));
  try {
    const tagged = `${name}:${await stage(folder, files)}`;
    if ((await docker(env, ["image", "inspect", tagged])).code === 0) return { name: tagged, built: false };
    await fs.writeFile(path.join(folder, "Dockerfile"), "FROM scratch\nCOPY root/ /\n");
    await dockerOutput(env, ["build", "--quiet", "--load", "--provenance=false", "-t", tagged, folder]);
    return { name: tagged, built: true };
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

async function stage(folder: string, files: readonly ImageFile[]): Promise<string> {
  const hash = createHash("sha256");
  for (const { to, from, mode = 0o644 } of files) {
    const target = path.join(folder, "root", to);
    await fs.mkdir(path.dirname(target), { recursive: true });
    if ("text" in from) await fs.writeFile(target, from.text);
    else await fs.cp(from.path, target, { recursive: true, dereference: true });
    const isFile = (await fs.stat(target)).isFile();
    if (isFile) await fs.chmod(target, mode);
    hash.update(`${to}\0${mode}\0`);
    for (const file of isFile ? [target] : await filesOf(target))
      hash.update(`${path.relative(folder, file)}\0`).update(await fs.readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}
