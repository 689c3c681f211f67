import type { Bucket } from "../storage.ts";

/**
 * Removes restic's locks of runs that no longer live. The Agent alone starts runs, so it alone knows; restic itself would
 * wait half an hour for a lock whose container is gone. Returns how many there were.
 */
export async function sweepLocks(bucket: Bucket, living: readonly string[]): Promise<number> {
  let swept = 0;
  let cursor: string | undefined;
  do {
    const page = await bucket.list({
      prefix: "locks/",
      include: ["customMetadata"],
      ...(cursor !== undefined && { cursor }),
    });
    const dead = page.objects.filter(({ customMetadata }) => !living.includes(customMetadata?.run ?? ""));
    if (dead.length > 0) await bucket.delete(dead.map(({ key }) => key));
    swept += dead.length;
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return swept;
}
