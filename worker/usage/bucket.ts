import type { Bucket } from "../storage.ts";
import type { Measured } from "./reading.ts";
import { tally } from "./tally.ts";

/**
 * The same bucket, with each operation counted in Cloudflare's classes: what writes or lists is A, what reads is B, deleting is free
 * (developers.cloudflare.com/r2/pricing). Content counts when it was stored, or is handed out.
 */
export function counted(
  bucket: Bucket,
  add: (what: Measured, amount?: number) => void = (...of) => tally.add(...of),
): Bucket {
  const get = async (...given: Parameters<R2Bucket["get"]>) => {
    add("r2ClassB");
    const object = await bucket.get(...given);
    if (object !== null && "body" in object) add("r2BytesOut", lengthOf(object));
    return object;
  };
  const put = async (...given: Parameters<R2Bucket["put"]>) => {
    add("r2ClassA");
    const object = await bucket.put(...given);
    if (object !== null) add("r2BytesIn", object.size);
    return object;
  };
  return {
    get: get as R2Bucket["get"],
    put: put as R2Bucket["put"],
    head: (key) => {
      add("r2ClassB");
      return bucket.head(key);
    },
    list: (options) => {
      add("r2ClassA");
      return bucket.list(options);
    },
    delete: (keys) => bucket.delete(keys),
  };
}

/** Bytes of an object, or of the range of it that was asked for. */
function lengthOf({ size, range }: R2ObjectBody): number {
  const { offset = 0, length, suffix }: { offset?: number; length?: number; suffix?: number } = range ?? {};
  return suffix ?? length ?? size - offset;
}
