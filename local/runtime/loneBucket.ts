/** A bucket that no Worker binds, in a workerd of its own that ends when nobody has asked for a while. */
import { Miniflare } from "miniflare";
import { doorOf, type S3Keys } from "./bucketDoor.ts";
import type { BucketDoor } from "./contract.ts";
import type { R2Bucket } from "./hostedWorker.ts";
import { privateWorkerd } from "./privateWorkerd.ts";

/** Milliseconds that the workerd stays after the last use: a client makes many requests in a row. */
const idleMs = 10_000;

export class LoneBucket {
  readonly #name: string;
  readonly #storage: string;
  readonly #keys: S3Keys;
  #miniflare: Miniflare | undefined;
  readonly #uses = new Set<Promise<unknown>>();
  #idle: NodeJS.Timeout | undefined;
  /** The end of the workerd before; two must not have the database open. */
  #ended: Promise<unknown> = Promise.resolve();

  constructor(name: string, { storage, keys }: { readonly storage: string; readonly keys: S3Keys }) {
    this.#name = name;
    this.#storage = storage;
    this.#keys = keys;
  }

  open<T>(use: (bucket: R2Bucket) => Promise<T>): Promise<T> {
    return this.#use(async (miniflare) => use(await miniflare.getR2Bucket("BUCKET", "bucket")));
  }

  through<T>(use: (door: BucketDoor) => Promise<T>): Promise<T> {
    return this.#use(async (miniflare) => use(await doorOf(miniflare, this.#name, this.#keys)));
  }

  /** Waits for what is under way, then ends the workerd. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    await Promise.allSettled(this.#uses);
    clearTimeout(this.#idle);
    this.#end();
    await this.#ended;
  }

  async #use<T>(act: (miniflare: Miniflare) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    const using = this.#ended.then(() => {
      this.#miniflare ??= new Miniflare(options(this.#name, this.#storage, this.#keys));
      return act(this.#miniflare);
    });
    this.#uses.add(using);
    try {
      return await using;
    } finally {
      this.#uses.delete(using);
      clearTimeout(this.#idle);
      if (this.#uses.size === 0) this.#idle = setTimeout(() => this.#end(), idleMs).unref();
    }
  }

  #end(): void {
    const ending = this.#miniflare;
    this.#miniflare = undefined;
    if (ending) this.#ended = ending.dispose().catch(() => {}); // it never started; its user was told why
  }
}

function options(name: string, storage: string, keys: S3Keys): ConstructorParameters<typeof Miniflare>[0] {
  return {
    ...privateWorkerd,
    resourcePersistencePath: storage,
    workers: [
      {
        config: {
          name: "bucket",
          compatibilityDate: "2026-11-01",
          manifest: { mainModule: "main.mjs", modules: { "main.mjs": { type: "esm", contents: "export default {}" } } },
          env: { BUCKET: { type: "r2", name, dev: { experimentalS3Credentials: keys } } },
        },
      },
    ],
  };
}
