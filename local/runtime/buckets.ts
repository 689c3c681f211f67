/** Objects in R2 buckets on disk, whether a Worker binds the bucket now or not. */
import fs from "node:fs";
import path from "node:path";
import { Miniflare } from "miniflare";
import type { HostedWorker } from "./hostedWorker.ts";

type Bucket = Awaited<ReturnType<Miniflare["getR2Bucket"]>>;

/** Number of objects; 0 for a bucket that was never written. */
export function countObjects(storage: string, bucket: string, workers: Iterable<HostedWorker>): Promise<number> {
  return withBucket(storage, bucket, workers, 0, async (opened) => {
    let count = 0;
    for await (const keys of pages(opened)) count += keys.length;
    return count;
  });
}

/** Deletes all objects. */
export function clearBucket(storage: string, bucket: string, workers: Iterable<HostedWorker>): Promise<void> {
  return withBucket(storage, bucket, workers, undefined, async (opened) => {
    for await (const keys of pages(opened)) await opened.delete(keys);
  });
}

/** Pages of keys, read before the next page is asked for. */
async function* pages(bucket: Bucket): AsyncGenerator<string[]> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ cursor });
    yield page.objects.map((object) => object.key);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor);
}

/** Opens the bucket through the Worker that binds it (two workerd on one database would collide), else through a workerd of its own. */
async function withBucket<T>(
  storage: string,
  name: string,
  workers: Iterable<HostedWorker>,
  absent: T,
  use: (bucket: Bucket) => Promise<T>,
): Promise<T> {
  if (!fs.existsSync(path.join(storage, "r2", name))) return absent;
  for (const worker of workers) {
    const bound = await worker.bucket(name);
    if (bound) return use(bound);
  }
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    logRequests: false,
    enableDevRegistry: false,
    resourcePersistencePath: storage,
    workers: [
      {
        config: {
          name: "bucket",
          compatibilityDate: "2026-11-01",
          manifest: { mainModule: "main.mjs", modules: { "main.mjs": { type: "esm", contents: "export default {}" } } },
          env: { BUCKET: { type: "r2", name } },
        },
      },
    ],
  });
  try {
    return await use(await miniflare.getR2Bucket("BUCKET", "bucket"));
  } finally {
    await miniflare.dispose();
  }
}
