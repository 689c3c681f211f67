/** Folders in the cache that are either finished or not there. */
import fs from "node:fs/promises";
import path from "node:path";

const partial = ".partial-";

/** Fills a folder beside `target` and renames it into place when `fill` has succeeded. Call it under a lock: it clears leftovers of earlier runs. */
export async function createFolder(target: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const parent = path.dirname(target);
  await fs.mkdir(parent, { recursive: true });
  await removeLeftovers(parent, `${path.basename(target)}${partial}`);
  const folder = await fs.mkdtemp(`${target}${partial}`);
  try {
    await fill(folder);
    await fs.chmod(folder, 0o755);
    await fs.rm(target, { recursive: true, force: true });
    await fs.rename(folder, target);
  } catch (error) {
    await fs.rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function removeLeftovers(parent: string, prefix: string): Promise<void> {
  const names = (await fs.readdir(parent)).filter((name) => name.startsWith(prefix));
  await Promise.all(names.map((name) => fs.rm(path.join(parent, name), { recursive: true, force: true })));
}

/** Replaces a file as a whole: a reader sees the old text or the new one. */
export async function writeWhole(file: string, text: string, mode = 0o600): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  const aside = `${file}${partial}${process.pid}`;
  await fs.writeFile(aside, text, { mode });
  await fs.rename(aside, file);
}

/** A file's text, or undefined when there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
