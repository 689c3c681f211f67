/** The part of a Durable Object's storage that snapshots use (`ctx.storage.kv`). */
export interface KeyStorage {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
  delete(key: string): unknown;
  list(options: { readonly prefix: string }): Iterable<[string, unknown]>;
}

/** The part of the bucket that the Agent uses. */
export type Bucket = Pick<R2Bucket, "get" | "put" | "head" | "list" | "delete">;
