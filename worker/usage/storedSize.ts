import { dayOf } from "../days.ts";
import { type Bucket, everyObject, type KeyStorage } from "../storage.ts";
import type { Tell } from "./reading.ts";

export interface StoredSizeParts {
  readonly storage: Pick<KeyStorage, "get" | "put">;
  readonly bucket: Pick<Bucket, "list">;
  readonly tell: Tell;
  readonly now: () => number;
}

const lookedKey = "usage/storedSizeOf";

/** How much lies in the bot's bucket, looked up once a day: one operation for a thousand objects. */
export class StoredSize {
  private readonly parts: StoredSizeParts;

  constructor(parts: StoredSizeParts) {
    this.parts = parts;
  }

  /** Looks, unless it has today. A look that fails is made again. */
  async look(): Promise<void> {
    const { storage, bucket, tell, now } = this.parts;
    const today = dayOf(now());
    if (storage.get(lookedKey) === today) return;
    const storedBytes = (await everyObject(bucket, "", false)).reduce((bytes, { size }) => bytes + size, 0);
    await tell({ source: "bucket", of: "worker", counted: {}, levels: { storedBytes } });
    storage.put(lookedKey, today);
  }
}
