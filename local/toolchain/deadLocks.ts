/** Locks that a killed `pulumi` left in a backend of files: nobody else removes them, and every later command refuses to run. */
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { readIfThere } from "./folder.ts";
import { alive } from "./lock.ts";

/** As Pulumi's file backend writes it. */
const lockSchema = z.object({ pid: z.number().int().positive(), hostname: z.string() });

/** Removes a stack's locks whose process on this machine has ended. A living one's, or another machine's, stays. */
export async function removeDeadLocks(backend: string, project: string, stack: string): Promise<void> {
  const folder = path.join(backend, ".pulumi", "locks", "organization", project, stack);
  const names = await fs.readdir(folder).catch(() => []); // no folder: nobody ever locked it
  for (const name of names.filter((each) => each.endsWith(".json"))) {
    const file = path.join(folder, name);
    if (isDead(await readIfThere(file))) for (const part of [file, `${file}.attrs`]) await fs.rm(part, { force: true });
  }
}

/** What cannot be read is not taken for dead: Pulumi names the file, and how to remove it. */
function isDead(text: string | undefined): boolean {
  try {
    const lock = lockSchema.safeParse(JSON.parse(text ?? "")).data;
    return lock !== undefined && lock.hostname === os.hostname() && !alive(lock.pid);
  } catch {
    return false;
  }
}
