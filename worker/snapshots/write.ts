/** Adding to the repository. R2 itself holds each object to its name; nothing that is there is ever replaced. */
import { BotError, reasonOf } from "../errors.ts";
import { type Bucket, everyObject, holdsAny } from "../storage.ts";
import { type RepositoryPath, storedBy } from "./objects.ts";
import type { Role } from "./rights.ts";

/** Who writes; kept with each object. */
export interface Writer {
  readonly role: Role;
  readonly run: string;
  readonly box: string;
}

/**
 * Everything that restic stores is longer: a nonce and a MAC of 16 bytes each, or JSON. It panics on an index or a snapshot
 * that is shorter than its nonce, so one such object would end all maintenance.
 */
const shortest = 32;

/** What a repository holds beside keys. */
const contents = ["config", "data/", "index/", "snapshots/"];

/**
 * `POST /?create=true`: allowed where no repository is. Keys without a `config` are left by an init that was cut off: they
 * open nothing, and beside the keys of the next one they would make it unreadable, so they go.
 */
export async function createRepository(bucket: Bucket): Promise<Response> {
  if (await holdsAny(bucket, contents)) throw new BotError("repositoryThere");
  const leftover = await everyObject(bucket, "keys/", true);
  if (leftover.length > 0) await bucket.delete(leftover.map(({ key }) => key));
  return new Response(null, { status: 200 });
}

/**
 * Stores the request's body. An object that is there already answers 200 and stays as it is (its name says its content);
 * a `config` that is there is refused.
 */
export async function storeObject(
  bucket: Bucket,
  path: Extract<RepositoryPath, { key: string }>,
  request: Request,
  writer: Writer,
): Promise<Response> {
  const length = lengthOf(request);
  if (path.kind === "config" || path.type === "keys") await requireUnborn(bucket, writer);
  const { role, run, box } = writer;
  const stored = await putBody(bucket, path.key, request, length, {
    ...(path.kind === "object" && { sha256: path.name }),
    customMetadata: { role, run, box },
    onlyIf: new Headers({ "if-none-match": "*" }),
  });
  if (stored === null && path.kind === "config") throw new BotError("repositoryThere");
  return new Response(null, { status: 200 });
}

/** Gives R2 the body, and reads what R2 leaves of it: restic is to get the answer, not a broken pipe. */
async function putBody(
  bucket: Bucket,
  key: string,
  request: Request,
  length: number,
  options: R2PutOptions & { onlyIf: Headers },
): Promise<R2Object | null> {
  const body = request.body ?? new Blob([]).stream();
  const fixed = new FixedLengthStream(length);
  const stop = new AbortController();
  // Where it breaks, R2 gets less than was promised, and `put` says so.
  const piped = body.pipeTo(fixed.writable, { preventCancel: true, signal: stop.signal }).catch(() => {});
  const stored = await bucket.put(key, fixed.readable, options).catch((error: unknown) => refusal(error));
  if (stored !== null && !(stored instanceof BotError)) return stored;
  stop.abort();
  await piped;
  if (!body.locked) await body.pipeTo(new WritableStream()).catch(() => {}); // who stopped sending hears no answer either
  if (stored instanceof BotError) throw stored;
  return null;
}

/** The length that the client declares; R2 takes no stream of unknown length. */
function lengthOf(request: Request): number {
  const text = request.headers.get("content-length") ?? "";
  if (!/^\d{1,15}$/.test(text)) throw new BotError("repositoryLength");
  const length = Number(text);
  if (length < shortest) throw new BotError("badRequest", { reason: `restic has no object of ${length} bytes.` });
  return length;
}

/** `config` and keys are written by the one run that makes the repository, before anything else is in it. */
async function requireUnborn(bucket: Bucket, { run }: Writer): Promise<void> {
  const [full, keys] = await Promise.all([holdsAny(bucket, contents), everyObject(bucket, "keys/", true)]);
  if (full || keys.some((key) => storedBy(key).run !== run)) throw new BotError("repositoryThere");
}

/** What a failed put was: another content than the name says, or whatever else R2 tells. */
function refusal(failed: unknown): BotError {
  // R2's own code for a checksum that does not match.
  if (/\b10037\b/.test(String(failed))) return new BotError("repositoryHash");
  return new BotError("repositoryFailed", { reason: reasonOf(failed) });
}
