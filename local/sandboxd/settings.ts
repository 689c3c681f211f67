/** What the environment says about one server. */
import os from "node:os";
import path from "node:path";

/** Settings of a server, all with a default, so that `node index.ts` alone works. */
export interface Settings {
  /** Address to listen on. The server gives a shell to whoever reaches it, hence @default 127.0.0.1 */
  readonly bind: string;
  /** Port; 0 picks a free one. @default 3000 */
  readonly port: number;
  /** Where sessionless commands run and relative paths start. @default /workspace */
  readonly workspace: string;
  /** What `/api/version` answers. @default unknown */
  readonly version: string;
  /** A stream without an event for this long is reset, in milliseconds. @default 256000 */
  readonly streamIdleMs: number;
  /** Where the records of ended processes lie. They outlive the server. */
  readonly recordsDir: string;
}

/** Reads `TALARIA_BIND`, `SANDBOX_PORT`, `TALARIA_WORKSPACE`, `SANDBOX_VERSION`, `SANDBOX_STREAM_IDLE_MS` and `TMPDIR`. */
export function settingsFrom(env: NodeJS.ProcessEnv): Settings {
  return {
    bind: env.TALARIA_BIND || "127.0.0.1",
    port: wholeNumber(env, "SANDBOX_PORT", 3000, 65_535),
    workspace: env.TALARIA_WORKSPACE || "/workspace",
    version: env.SANDBOX_VERSION || "unknown",
    streamIdleMs: wholeNumber(env, "SANDBOX_STREAM_IDLE_MS", 256_000, 86_400_000),
    recordsDir: path.join(os.tmpdir(), "sandbox-internal", "processes"),
  };
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, otherwise: number, highest: number): number {
  const text = env[name];
  if (!text) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= highest) return value;
  throw new Error(
    `${name} is "${text}", which is not a whole number from 0 to ${highest}. Unset it to use ${otherwise}.`,
  );
}
