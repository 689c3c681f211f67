/** Reading the repository: whole objects, parts of them, lists. */
import { BotError } from "../errors.ts";
import { type Bucket, everyObject } from "../storage.ts";
import { nameIn, storedBy } from "./objects.ts";
import { trustedIndexers } from "./rights.ts";

/** What restic asks for and gets: lists as JSON with sizes. */
const listType = "application/vnd.x.restic.rest.v2";
const rangeForm = /^bytes=(\d{1,15})-(\d{1,15})?$/;

/** Size of an object, without its content. */
export async function headObject(bucket: Bucket, key: string): Promise<Response> {
  const object = await bucket.head(key);
  if (object === null) return missing(key);
  return new Response(null, { headers: { "content-length": String(object.size), "accept-ranges": "bytes" } });
}

/** An object, or the part of it that the request's Range names. */
export async function readObject(bucket: Bucket, key: string, range: string | null): Promise<Response> {
  if (range === null) {
    const object = await bucket.get(key);
    if (object === null) return missing(key);
    return new Response(object.body, { headers: { "content-length": String(object.size) } });
  }
  const [, first = "", last] = rangeForm.exec(range) ?? [];
  if (first === "") throw new BotError("badRequest", { reason: `The range ${range} is not read here.` });
  const offset = Number(first);
  const length = last === undefined ? undefined : Number(last) - offset + 1;
  if (length !== undefined && length < 1) throw new BotError("repositoryRange", { range });
  const object = await bucket
    .get(key, { range: length === undefined ? { offset } : { offset, length } })
    .catch((error: unknown) => {
      // R2's own code for a part that lies beyond the end.
      if (/\b10039\b/.test(String(error))) throw new BotError("repositoryRange", { range });
      throw error;
    });
  if (object === null) return missing(key);
  const end = Math.min(offset + (length ?? object.size), object.size);
  return new Response(object.body, {
    status: 206,
    headers: { "content-length": String(end - offset), "content-range": `bytes ${offset}-${end - 1}/${object.size}` },
  });
}

/** Names and sizes of all objects of a kind. `shows` leaves out what whoever asks is not to see. @default everything */
export async function listObjects(
  bucket: Bucket,
  prefix: string,
  shows?: (object: R2Object) => boolean,
): Promise<Response> {
  const objects = await everyObject(bucket, prefix, shows !== undefined);
  const entries = (shows === undefined ? objects : objects.filter(shows)).flatMap((object) => {
    const name = nameIn(object.key);
    return name === undefined ? [] : [{ name, size: object.size }];
  });
  return new Response(JSON.stringify(entries), { headers: { "content-type": listType } });
}

/**
 * Which index objects a run is shown: those that were there at the promotion, its own, and those of runs that the agent's
 * container cannot be. One more that does not open would end every restore.
 */
export function visibleIndexes(run: string, until: number | null): (object: R2Object) => boolean {
  return (object) => {
    const { run: storedIn, role = "" } = storedBy(object);
    return until === null || object.uploaded.getTime() <= until || storedIn === run || trustedIndexers.includes(role);
  };
}

function missing(key: string): Response {
  return new BotError("repositoryAbsent", { key }).toJson();
}
