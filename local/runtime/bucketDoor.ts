/** The S3 address of a bucket on this machine: Miniflare's own, behind keys that only this runtime knows. */
import { randomBytes } from "node:crypto";
import type { Miniflare } from "miniflare";
import type { BucketDoor } from "./contract.ts";

/** An S3 key pair. */
export type S3Keys = Pick<BucketDoor, "accessKeyId" | "secretAccessKey">;

/** Where Miniflare serves S3, below the address at which it listens. */
const miniflarePath = "/cdn-cgi/local/r2/s3";

/** Keys of one runtime; they never leave the process. */
export function drawKeys(): S3Keys {
  return { accessKeyId: randomBytes(16).toString("hex"), secretAccessKey: randomBytes(32).toString("hex") };
}

/** The door of a bucket that this Miniflare binds with these keys. */
export async function doorOf(miniflare: Miniflare, bucket: string, keys: S3Keys): Promise<BucketDoor> {
  const { origin } = await miniflare.ready;
  return { url: `${origin}${miniflarePath}/${bucket}`, ...keys };
}
