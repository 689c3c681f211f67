/** Running a program of the system without a shell. */
import { execFile } from "node:child_process";

/** Result of a program; 127 when it is not installed. */
export interface ToolResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, or ends it after `timeoutMs`. Never rejects. */
export function runTool(program: string, args: readonly string[], timeoutMs?: number): Promise<ToolResult> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: timeoutMs ?? 0, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve({ exitCode: 0, stdout, stderr });
      if (error.code === "ENOENT") return resolve({ exitCode: 127, stdout, stderr: `${program} is not installed` });
      resolve({ exitCode: typeof error.code === "number" ? error.code : 124, stdout, stderr });
    });
  });
}
