/** Runs Pulumi as `npm run pulumi --` does. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../local/toolchain/pulumi.ts", import.meta.url));

/** How a run of Pulumi ended. */
export interface PulumiRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of one run. */
export interface PulumiOptions {
  /** Passes what it says on to stderr as it comes, for what lasts. @default false */
  readonly shown?: boolean;
  /** What it reads: a secret is no argument. */
  readonly input?: string;
}

/** Runs it to its end and keeps what it says. */
export function runPulumi(args: readonly string[], { shown = false, input }: PulumiOptions = {}): Promise<PulumiRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => {}); // it ended without reading: its exit code says how
    child.stdin.end(input ?? "");
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    const keep = (pieces: Buffer[]) => (piece: Buffer) => {
      pieces.push(piece);
      if (shown) process.stderr.write(piece);
    };
    child.stdout.on("data", keep(stdout));
    child.stderr.on("data", keep(stderr));
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code: code ?? 1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

/** What Pulumi said from its first error on, else the end of what it said. */
export function lastLines(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const first = lines.findIndex((line) => line.startsWith("error:"));
  return (first < 0 ? lines.slice(-3) : lines.slice(first, first + 8)).join("\n").replace(/^error: */, "");
}
