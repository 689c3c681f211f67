/** The repository's door for tests in workerd: restic's requests with the credential of any role, on a real bucket. */
import { env } from "cloudflare:workers";
import type { RepositoryAccess } from "../snapshots/access.ts";
import { issueCredential } from "../snapshots/credential.ts";
import { answerRepository, type RepositoryParts } from "../snapshots/repository.ts";
import { type Role, rights } from "../snapshots/rights.ts";

/** The bucket of the test file. */
export const bucket = (env as { SNAPSHOTS: R2Bucket }).SNAPSHOTS;

const sessionKey = JSON.stringify({ current: "talaria-session-of-this-test" });

export interface Ask {
  readonly method?: string;
  readonly body?: BodyInit;
  readonly headers?: Record<string, string>;
  /** @default backup */
  readonly role?: Role;
  /** @default run-1 */
  readonly run?: string;
  /** @default box-1 */
  readonly box?: string;
  /** What the Agent says. @default yes, without a limit */
  readonly access?: Partial<RepositoryAccess>;
  /** @default the real one */
  readonly bucket?: R2Bucket;
}

/** What the Agent was asked about since the last {@link emptyBucket}. */
export const asked: string[] = [];

/** One request below `/snapshots/`. */
export async function ask(path: string, options: Ask = {}): Promise<Response> {
  const { method = "GET", body, role = "backup", run = "run-1", box = "box-1", access } = options;
  const until = Date.now() + 60_000;
  const { username, password } = await issueCredential({ SESSION_KEY: sessionKey }, { role, run, boxId: box, until });
  const headers = new Headers({ authorization: `Basic ${btoa(`${username}:${password}`)}`, ...options.headers });
  const length = typeof body === "string" ? new TextEncoder().encode(body).length : undefined;
  if (length !== undefined && !headers.has("content-length")) headers.set("content-length", String(length));
  const request = new Request(`http://talaria.internal/snapshots/${path}`, {
    method,
    headers,
    ...(body !== undefined && { body }),
  });
  return await answerRepository(request, new URL(request.url).pathname.slice("/snapshots/".length), {
    ...parts(options.bucket ?? bucket),
    caller: { className: rights[role].box, containerId: box },
    judge: {
      repositoryAccess: async (about) => {
        asked.push(about);
        return { write: "yes", indexesUntil: null, ...access };
      },
    },
  });
}

/** Everything but who asks. */
export function parts(SNAPSHOTS: R2Bucket): Pick<RepositoryParts, "env" | "log" | "now"> {
  return { env: { SNAPSHOTS, SESSION_KEY: sessionKey }, log: () => {}, now: () => new Date() };
}

/** SHA-256 in hex: the name of an object with this content. */
export async function nameOf(content: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(content));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A content that is as long as restic's shortest object, whatever it begins with. */
export function long(text: string): string {
  return text.padEnd(32, ".");
}

/** Stores an object through the door under its own name, made {@link long}, and returns the name. */
export async function add(type: string, text: string, options: Ask = {}): Promise<string> {
  const content = long(text);
  const name = await nameOf(content);
  const { status } = await ask(`${type}/${name}`, { method: "POST", body: content, ...options });
  if (status !== 200) throw new Error(`adding to ${type} answered ${status}`);
  return name;
}

/** Keys of everything that lies in the bucket. */
export async function keys(): Promise<string[]> {
  return (await bucket.list()).objects.map(({ key }) => key);
}

/** Makes the bucket as it was at first. */
export async function emptyBucket(): Promise<void> {
  asked.length = 0;
  for (let found = await keys(); found.length > 0; found = await keys()) await bucket.delete(found);
}

/** Code of the error that an answer tells. */
export async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { error: { code: string } }).error.code;
}
