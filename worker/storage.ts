/** What keeps its value over a reset: the part of a Durable Object's storage (`ctx.storage.kv`) and of the bucket that is used here. */

/** Of a Durable Object. */
export interface KeyStorage {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
  delete(key: string): unknown;
  list(options: { readonly prefix: string }): Iterable<[string, unknown]>;
}

/** Of R2. */
export type Bucket = Pick<R2Bucket, "get" | "put" | "head" | "list" | "delete">;

/** Every object under a prefix, whatever their number; on wish with their metadata, which makes R2's pages shorter. */
export async function everyObject(
  bucket: Pick<R2Bucket, "list">,
  prefix: string,
  withMetadata: boolean,
): Promise<R2Object[]> {
  const found: R2Object[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list({
      prefix,
      include: withMetadata ? ["customMetadata"] : [],
      ...(cursor !== undefined && { cursor }),
    });
    found.push(...page.objects);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return found;
}

/** The keys of every object under a prefix. */
export async function keysUnder(bucket: Pick<R2Bucket, "list">, prefix: string): Promise<string[]> {
  return (await everyObject(bucket, prefix, false)).map(({ key }) => key);
}

/** Whether anything lies under one of the prefixes. */
export async function holdsAny(bucket: Bucket, prefixes: readonly string[]): Promise<boolean> {
  const pages = await Promise.all(prefixes.map((prefix) => bucket.list({ prefix, limit: 1 })));
  return pages.some(({ objects }) => objects.length > 0);
}
