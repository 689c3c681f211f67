/** Looks for texts that no image may hold, in everything that an image is: layers, history, labels, variables (I7). */
import { createReadStream } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { tail } from "../toolchain/problem.ts";
import { run } from "../toolchain/run.ts";
import { type DockerEnv, dockerOutput } from "./client.ts";

/** Where a text was found: a part of the image as `docker save` names it, and which text, by its index. */
export interface Finding {
  readonly part: string;
  readonly text: number;
}

/** Searches the bytes of all files of all layers. What an image holds in compressed form is not unpacked. */
export async function scanImage(env: DockerEnv, image: string, texts: readonly string[]): Promise<Finding[]> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-scan-"));
  try {
    const archive = path.join(folder, "image.tar");
    await dockerOutput(env, ["save", "-o", archive, image]);
    const parts = path.join(folder, "parts");
    await fs.mkdir(parts);
    const unpacked = await run("tar", ["-xf", archive, "-C", parts]);
    if (unpacked.code !== 0) throw new Error(`The saved image could not be unpacked: ${tail(unpacked.stderr)}`);
    await fs.rm(archive);
    const findings: Finding[] = [];
    for (const entry of await fs.readdir(parts, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const file = path.join(entry.parentPath, entry.name);
      for (const text of await textsIn(file, texts)) findings.push({ part: path.relative(parts, file), text });
    }
    return findings;
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Indexes of the texts that a file holds; a text may lie across two chunks. */
export async function textsIn(file: string, texts: readonly string[], chunk = 1 << 20): Promise<Set<number>> {
  const overlap = Math.max(0, ...texts.map((text) => Buffer.byteLength(text) - 1));
  const found = new Set<number>();
  let rest = Buffer.alloc(0);
  for await (const data of createReadStream(file, { highWaterMark: chunk })) {
    const window = Buffer.concat([rest, data as Buffer]);
    for (const [index, text] of texts.entries()) if (window.includes(text)) found.add(index);
    rest = window.subarray(Math.max(0, window.length - overlap));
  }
  return found;
}
