/** One build at a time, over all processes of the machine that share a cache folder. */
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A holder that has not touched its lock for so long is gone, whatever its process id means by now. */
const staleMs = 60_000;
const touchMs = 10_000;

export interface LockOptions {
  /** Called once, with the process id of the holder, before waiting. */
  readonly onWait?: (holder: number) => void;
  /** Gives up after so long. @default 30 minutes */
  readonly waitMs?: number;
}

/** Runs `work` while holding `file`. A lock left by a process that died is taken over. */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  await take(file, options);
  const touch = setInterval(() => void fs.utimes(file, new Date(), new Date()).catch(() => {}), touchMs);
  touch.unref();
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await fs.rm(file, { force: true });
  }
}

async function take(file: string, { onWait, waitMs = 30 * 60_000 }: LockOptions): Promise<void> {
  const deadline = performance.now() + waitMs;
  for (let told = false; ; await sleep(250)) {
    if (await create(file)) return;
    const holder = await readHolder(file);
    if (holder === undefined) continue; // released between the two looks
    if (holder.stale) {
      await discard(file, holder.pid);
      continue;
    }
    if (performance.now() > deadline)
      throw new Error(`Process ${holder.pid} has held ${file} for too long. End it, or remove that file.`);
    if (!told) onWait?.(holder.pid);
    told = true;
  }
}

async function create(file: string): Promise<boolean> {
  try {
    await fs.writeFile(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<{ pid: number; stale: boolean } | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([fs.readFile(file, "utf8"), fs.stat(file)]);
    const pid = Number(text);
    const silent = Date.now() - mtimeMs;
    // An empty file is a holder between creating and writing, until it is old.
    return { pid, stale: silent > staleMs || (pid > 0 && !alive(pid)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Takes a dead lock away. Of two waiters the slower may catch the faster one's new lock: it puts that back. */
async function discard(file: string, dead: number): Promise<void> {
  const aside = `${file}.dead-${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    await fs.rename(file, aside);
    if (Number(await fs.readFile(aside, "utf8")) !== dead) await fs.link(aside, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  await fs.rm(aside, { force: true });
}

/** Whether a process with this id runs. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
