/** Objects in R2 buckets on disk, whether a Worker binds the bucket now or not. */
import fs from "node:fs";
import path from "node:path";
import type { S3Keys } from "./bucketDoor.ts";
import type { BucketDoor } from "./contract.ts";
import type { HostedWorker, R2Bucket } from "./hostedWorker.ts";
import { LoneBucket } from "./loneBucket.ts";

export interface BucketsOptions {
  /** Folder of Durable Object storage and buckets. */
  readonly storage: string;
  readonly keys: S3Keys;
  /** The Workers that run. */
  readonly workers: () => Iterable<HostedWorker>;
}

/**
 * Every bucket of a runtime. Two workerd on one database would collide: a bucket is opened through the Worker that
 * binds it, else through a workerd of its own, which ends before a Worker takes the bucket.
 */
export class Buckets {
  readonly #options: BucketsOptions;
  readonly #alone = new Map<string, LoneBucket>();
  /** Buckets of a Worker that is going live. */
  readonly #claimed = new Map<string, Promise<unknown>>();

  constructor(options: BucketsOptions) {
    this.#options = options;
  }

  /** Number of objects; 0 for a bucket that was never written. */
  async count(bucket: string): Promise<number> {
    if (!this.#wasWritten(bucket)) return 0;
    return this.#open(bucket, async (opened) => {
      let count = 0;
      for await (const keys of pages(opened)) count += keys.length;
      return count;
    });
  }

  /** Deletes all objects. */
  async clear(bucket: string): Promise<void> {
    if (!this.#wasWritten(bucket)) return;
    await this.#open(bucket, async (opened) => {
      for await (const keys of pages(opened)) await opened.delete(keys);
    });
  }

  /** Opens the bucket's S3 address as long as `use` lasts. */
  async through<T>(bucket: string, use: (door: BucketDoor) => Promise<T>): Promise<T> {
    const worker = await this.#binder(bucket);
    return worker ? use(await worker.bucketDoor(bucket)) : this.#lone(bucket).through(use);
  }

  /** Makes a Worker live that binds these buckets; who asks for one of them meanwhile waits. */
  async handOver(buckets: Iterable<string>, goLive: () => Promise<void>): Promise<void> {
    const names = [...buckets];
    const lone = names.flatMap((name) => this.#alone.get(name) ?? []);
    for (const name of names) this.#alone.delete(name);
    const live = Promise.all(lone.map((one) => one.close())).then(goLive);
    const settled = live.catch(() => {}); // thrown to the caller; whoever waits opens the bucket as it is then
    for (const name of names) this.#claimed.set(name, settled);
    try {
      await live;
    } finally {
      for (const name of names) if (this.#claimed.get(name) === settled) this.#claimed.delete(name);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#alone.values()].map((one) => one.close()));
    this.#alone.clear();
  }

  async #open<T>(name: string, use: (bucket: R2Bucket) => Promise<T>): Promise<T> {
    const worker = await this.#binder(name);
    return worker ? use(await worker.bucket(name)) : this.#lone(name).open(use);
  }

  /** The Worker that binds the bucket, once none is about to. */
  async #binder(bucket: string): Promise<HostedWorker | undefined> {
    while (this.#claimed.has(bucket)) await this.#claimed.get(bucket);
    return [...this.#options.workers()].find((worker) => worker.binds(bucket));
  }

  #lone(name: string): LoneBucket {
    const found = this.#alone.get(name) ?? new LoneBucket(name, this.#options);
    this.#alone.set(name, found);
    return found;
  }

  #wasWritten(name: string): boolean {
    return fs.existsSync(path.join(this.#options.storage, "r2", name));
  }
}

/** Pages of keys, read before the next page is asked for. */
async function* pages(bucket: R2Bucket): AsyncGenerator<string[]> {
  let cursor: string | undefined;
  do {
    const page = await bucket.list({ cursor });
    yield page.objects.map((object) => object.key);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor);
}
