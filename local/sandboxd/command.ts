/** What the two ways to run a command have in common. */
import type { Body } from "./call.ts";

/** A command to run. */
export interface Command {
  readonly text: string;
  /** Folder; without it the workspace, or where the session is. */
  readonly cwd?: string;
  /** Added to the environment. `null` is the word "null" without a session and unsets in a session. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Milliseconds; 0 is a time-out of nothing. */
  readonly timeoutMs?: number;
}

/** Receives output as it comes. */
export interface Listener {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** What a command that has ended left behind. */
export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Reads a command from a request. A missing text becomes the word `undefined`, which bash then does not find. */
export function commandFrom(body: Body): Command {
  const env = typeof body.env === "object" && body.env !== null ? Object.entries(body.env) : [];
  return {
    text: String(body.command),
    env: Object.fromEntries(env.map(([name, value]) => [name, value === null ? null : String(value)])),
    ...(typeof body.cwd === "string" && body.cwd !== "" ? { cwd: body.cwd } : {}),
    ...(typeof body.timeoutMs === "number" ? { timeoutMs: body.timeoutMs } : {}),
  };
}
