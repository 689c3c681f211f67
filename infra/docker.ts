/** The program `docker`, asked. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Its answers; `ENOENT` when there is no such program. */
export type RunDocker = (...args: string[]) => Promise<{ readonly ok: boolean; readonly text: string }>;

/** The `docker` of this machine. */
export const runDocker: RunDocker = async (...args) => {
  try {
    const { stdout } = await promisify(execFile)("docker", args, { timeout: 20_000 });
    return { ok: true, text: stdout };
  } catch (error) {
    const { code, stderr, message } = error as { code?: unknown; stderr?: string; message: string };
    return { ok: false, text: code === "ENOENT" ? "ENOENT" : stderr || message };
  }
};
