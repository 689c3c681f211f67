/**
 * The S3 API of the account's buckets, at the loopback's root: `/<bucket>/<key>`. It checks who signed and what the token
 * may do, then signs anew for Miniflare's own S3 address, which answers.
 */
import type { StoredToken } from "../account/state.ts";
import type { RequestLog } from "../core/requestLog.ts";
import { timestamp, type World } from "../core/world.ts";
import { jurisdictions, type StoredBucket } from "../r2/state.ts";
import { callerOf } from "./caller.ts";
import { bodyOf } from "./chunks.ts";
import { passOn } from "./passOn.ts";
import { refuse, S3Problem } from "./refusals.ts";
import { mayAccess } from "./rights.ts";

/** Answers a request to a bucket. Every one is logged, without its headers. */
export function createS3(world: World, log: RequestLog): (request: Request) => Promise<Response> {
  return async (request) => {
    const started = performance.now();
    const { pathname, search } = new URL(request.url);
    const response = await answer(world, request).catch(refuse);
    log.write({
      at: timestamp(),
      method: request.method,
      path: `s3:${pathname}${/X-Amz-/i.test(search) ? "?…" : search}`, // a presigned query holds a signature
      status: response.status,
      ms: Math.round(performance.now() - started),
    });
    return response;
  };
}

async function answer(world: World, request: Request): Promise<Response> {
  const caller = callerOf(request, (id) => usable(world.account.tokens.get(id)));
  const [, name = "", ...key] = new URL(request.url).pathname.split("/");
  if (name === "") throw new S3Problem("accessDenied"); // the list of all buckets, which no bucket's token may see
  if (request.headers.has("x-amz-copy-source")) throw new S3Problem("notOffered", { what: "CopyObject" });

  const bucket = find(world, name);
  const access = request.method === "GET" || request.method === "HEAD" ? "read" : "write";
  // Who may not enter is not told whether there is such a bucket.
  const asked = bucket ?? { ...nowhere, name };
  if (!mayAccess(caller.token, world.accountId, asked, access)) throw new S3Problem("accessDenied");
  if (bucket === undefined) throw new S3Problem("bucketMissing");
  const body = await bodyOf(request, caller);
  return world.runtime.throughBucketDoor(name, (door) => passOn(request, body, key.join("/"), door));
}

const nowhere: StoredBucket = {
  name: "",
  jurisdiction: "default",
  location: "weur",
  storageClass: "Standard",
  creationDate: "",
  rules: [],
};

function find(world: World, name: string): StoredBucket | undefined {
  const found = jurisdictions.map((jurisdiction) => world.buckets.get(name, jurisdiction));
  return found.find((bucket) => bucket !== undefined);
}

function usable(token: StoredToken | undefined): StoredToken | undefined {
  if (token?.status !== "active") return undefined;
  const ended = token.expires_on !== undefined && Date.parse(token.expires_on) < Date.now();
  const begun = token.not_before === undefined || Date.parse(token.not_before) <= Date.now();
  return begun && !ended ? token : undefined;
}
