/** A line per request in `requests.jsonl`: what was asked, what came back, how long it took; secrets masked. */
import fs from "node:fs";
import path from "node:path";

/** One line of the log. `body` is the parsed JSON, or the metadata and list of parts of an upload. */
export interface LoggedRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  readonly body?: unknown;
  /** Codes and messages of a refusal. */
  readonly errors?: unknown;
}

/** Keys whose value is a secret wherever they stand. */
const secretKeys = new Set(["value", "client_secret", "password", "key_base64", "key_jwk", "authorization"]);

/** Types of binding whose `text` is a secret. */
const secretTypes = new Set(["secret_text", "secret_key"]);

/** Stands in the log where a secret was. */
export const mask = "(secret)";

/** Copies a body with every secret replaced by {@link mask}. */
export function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== "object" || value === null) return value;
  const isSecret = "type" in value && typeof value.type === "string" && secretTypes.has(value.type);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) =>
      secretKeys.has(key) || (isSecret && key === "text") ? [key, mask] : [key, masked(inner)],
    ),
  );
}

/** Bytes beyond which a start begins a new file; the one before is kept. */
const largestFile = 10 * 1024 * 1024;

/** The log of one loopback Cloudflare: appended to the file, the newest kept in memory. */
export class RequestLog {
  readonly #file: string;
  readonly #recent: LoggedRequest[] = [];

  constructor(stateDir: string) {
    this.#file = path.join(stateDir, "requests.jsonl");
    const written = fs.statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    if (written > largestFile) fs.renameSync(this.#file, path.join(stateDir, "requests.before.jsonl"));
  }

  write(entry: LoggedRequest): void {
    this.#recent.push(entry);
    if (this.#recent.length > 500) this.#recent.shift();
    fs.appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }

  /** The newest requests of this run, oldest first. */
  recent(): readonly LoggedRequest[] {
    return this.#recent;
  }
}
