import type { Log } from "../log.ts";
import { type Bucket, type KeyStorage, keysUnder } from "../storage.ts";
import { byPromotion, type Promoted, promotedSchema, type SnapshotRecord, snapshotRecordSchema } from "./record.ts";

/** Objects of ours in the bucket; restic ignores them, and no container reaches them. */
const promotedKey = "talaria/promoted.json";
const recordsFolder = "talaria/snapshots/";
/** What restic puts there when it makes a repository. */
const repositoryParts = ["config", "keys/", "snapshots/"];
/** Objects asked for at once. */
const readAtOnce = 6;
/** R2 deletes so many in one call. */
const deletedAtOnce = 1000;

const stored = { promoted: "promoted", record: "snapshot/", complete: "snapshots-complete" };

export interface BooksParts {
  readonly storage: KeyStorage;
  readonly bucket: Bucket;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * What is known of snapshots, kept twice: in the object's storage, which answers at once, and in the bucket, which outlives
 * the object. Every write can be repeated, and the pointer to the promoted snapshot is moved last (I3).
 */
export class Books {
  private readonly parts: BooksParts;

  constructor(parts: BooksParts) {
    this.parts = parts;
  }

  /** What the object's storage knows; see {@link Books.agree}. */
  get promoted(): Promoted | null {
    return promotedSchema.safeParse(this.parts.storage.get(stored.promoted)).data ?? null;
  }

  /** The record of a snapshot as the object's storage has it. */
  known(id: string): SnapshotRecord | undefined {
    return snapshotRecordSchema.safeParse(this.parts.storage.get(stored.record + id)).data;
  }

  /** Records in the object's storage. */
  all(): SnapshotRecord[] {
    return [...this.parts.storage.list({ prefix: stored.record })].map(([, value]) =>
      snapshotRecordSchema.parse(value),
    );
  }

  /**
   * Makes storage and bucket say the same about what is promoted: the newer promotion wins. A fresh object learns it here,
   * from the records alone where the pointer in the bucket is gone or unreadable.
   */
  async agree(): Promise<Promoted | null> {
    const { storage, log } = this.parts;
    const here = this.promoted;
    const there = (await this.pointer()) ?? (here === null ? await this.lastOfRecords() : null);
    if (there === null || (here !== null && here.number > there.number)) {
      if (here === null) return null;
      log("warn", "the bucket knew of an older promotion than the Agent", {
        agent: here.number,
        bucket: there?.number,
      });
      await this.point(here);
      return here;
    }
    if (here === null || here.number < there.number || here.current !== there.current) {
      if (here !== null) {
        log("warn", "the Agent knew of an older promotion than the bucket", {
          agent: here.number,
          bucket: there.number,
        });
      }
      storage.delete(stored.complete);
      storage.put(stored.promoted, there);
    }
    return there;
  }

  /** Every record, read from the bucket once where the object is fresh. */
  async records(): Promise<SnapshotRecord[]> {
    const { storage, bucket } = this.parts;
    if (storage.get(stored.complete) !== true) {
      const keys = await keysUnder(bucket, recordsFolder);
      const missing = keys.filter((key) => this.known(idOf(key)) === undefined);
      for (let from = 0; from < missing.length; from += readAtOnce) {
        await Promise.all(missing.slice(from, from + readAtOnce).map((key) => this.learn(idOf(key))));
      }
      storage.put(stored.complete, true);
    }
    return this.all();
  }

  /** One record, from the bucket where storage lacks it. */
  async record(id: string): Promise<SnapshotRecord | undefined> {
    return this.known(id) ?? (await this.learn(id));
  }

  /** Writes a record down, in the bucket first. */
  async note(record: SnapshotRecord): Promise<void> {
    const { storage, bucket } = this.parts;
    await bucket.put(`${recordsFolder + record.id}.json`, JSON.stringify(record));
    storage.put(stored.record + record.id, record);
  }

  /** Makes this snapshot the memory: record, then the pointer in the bucket, then the pointer in storage (I3). */
  async promote(record: SnapshotRecord, cause: string): Promise<Promoted> {
    const { storage, now } = this.parts;
    const before = await this.agree();
    if (before?.current === record.id) return before;
    const number = (before?.number ?? 0) + 1;
    await this.note({ ...record, verdict: "promoted", problem: null, promotion: number });
    const promoted = { current: record.id, number, at: new Date(now()).toISOString(), cause };
    await this.point(promoted);
    storage.put(stored.promoted, promoted);
    return promoted;
  }

  /** Strikes out snapshots that are no longer in the repository; never the promoted one. */
  async forget(ids: readonly string[]): Promise<void> {
    const { storage, bucket } = this.parts;
    const gone = ids.filter((id) => id !== this.promoted?.current);
    for (let from = 0; from < gone.length; from += deletedAtOnce) {
      const some = gone.slice(from, from + deletedAtOnce);
      await bucket.delete(some.map((id) => `${recordsFolder + id}.json`));
      for (const id of some) storage.delete(stored.record + id);
    }
  }

  /** Whether anything of a restic repository lies in the bucket. */
  async repositoryExists(): Promise<boolean> {
    const found = await Promise.all(repositoryParts.map((prefix) => this.holds(prefix)));
    return found.includes(true);
  }

  /** Whether the bucket holds any snapshot, promoted or not. */
  anySnapshot(): Promise<boolean> {
    return this.holds("snapshots/");
  }

  private async holds(prefix: string): Promise<boolean> {
    return (await this.parts.bucket.list({ prefix, limit: 1 })).objects.length > 0;
  }

  private async pointer(): Promise<Promoted | null> {
    const { bucket, log } = this.parts;
    const object = await bucket.get(promotedKey);
    if (object === null) return null;
    const parsed = promotedSchema.safeParse(parseJson(await object.text()));
    if (!parsed.success)
      log("error", "the bucket's record of the promoted snapshot cannot be read", { key: promotedKey });
    return parsed.data ?? null;
  }

  private async lastOfRecords(): Promise<Promoted | null> {
    const [last] = byPromotion(await this.records());
    if (last === undefined) return null;
    const { id, at, promotion } = last;
    const promoted = { current: id, number: promotion ?? 1, at, cause: "the record of the last promotion" };
    this.parts.log("warn", "the bucket did not say which snapshot is promoted; its records do", { snapshot: id });
    await this.point(promoted);
    return promoted;
  }

  private async point(promoted: Promoted): Promise<void> {
    await this.parts.bucket.put(promotedKey, JSON.stringify(promoted));
  }

  private async learn(id: string): Promise<SnapshotRecord | undefined> {
    const { storage, bucket, log } = this.parts;
    const object = await bucket.get(`${recordsFolder + id}.json`);
    if (object === null) return undefined;
    const { data } = snapshotRecordSchema.safeParse(parseJson(await object.text()));
    if (data === undefined) log("error", "the record of a snapshot cannot be read", { snapshot: id });
    else storage.put(stored.record + id, data);
    return data;
  }
}

const idOf = (key: string) => key.slice(recordsFolder.length, -".json".length);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it, and the caller says so in the log
  }
}
