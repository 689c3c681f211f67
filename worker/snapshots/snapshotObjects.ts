/** The objects of snapshots: a few hundred bytes each, without which all of their data is of no use. The Agent's records hold copies. */
import type { Log } from "../log.ts";
import { type Bucket, keysUnder } from "../storage.ts";
import type { Alarms } from "./alarms.ts";
import { keyOf, nameForm } from "./objects.ts";
import type { SnapshotRecord } from "./record.ts";
import { isRotten, nameOfContent, setAside } from "./rotten.ts";

/** Bytes; restic's own are far smaller. */
const largestCopy = 16_384;

/** A snapshot as it was stored. */
export interface Stored {
  /** By R2's clock, milliseconds since the epoch. */
  readonly at: number;
  /** Its object in Base64, held against its name where it is put back; null where it is too large to be restic's own. */
  readonly copy: string | null;
}

/** Reads the object of a snapshot; undefined where the bucket has none. */
export async function readSnapshot(bucket: Bucket, id: string): Promise<Stored | undefined> {
  const object = await bucket.get(keyOf("snapshots", id));
  if (object === null) return undefined;
  const content = await object.arrayBuffer();
  const isSmall = content.byteLength <= largestCopy;
  return {
    at: object.uploaded.getTime(),
    copy: isSmall ? btoa(String.fromCharCode(...new Uint8Array(content))) : null,
  };
}

export interface SnapshotObjectsParts {
  readonly bucket: Bucket;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly now: () => number;
}

/** Puts back what is gone or rotten from the copies. */
export class SnapshotObjects {
  private readonly parts: SnapshotObjectsParts;

  constructor(parts: SnapshotObjectsParts) {
    this.parts = parts;
  }

  /** Whether the object was not what it has to be, and now is. */
  async putBack({ id, copy }: SnapshotRecord): Promise<boolean> {
    const { bucket, alarms, log, now } = this.parts;
    const key = keyOf("snapshots", id);
    const content = Uint8Array.from(atob(copy ?? ""), (char) => char.charCodeAt(0)).buffer;
    if ((await nameOfContent(content)) !== id) return false;
    const rotten = await isRotten(bucket, key);
    if (!rotten && (await bucket.head(key)) !== null) return false;
    if (rotten) await setAside(bucket, key, now());
    await bucket.put(key, content);
    const was = rotten ? "rotten" : "gone";
    log("error", "the object of a snapshot was put back from its record", { snapshot: id, was });
    alarms.raise("repository_healed", `The snapshot ${id.slice(0, 8)} was ${was} and is back from its record.`);
    return true;
  }

  /** Puts back those that are gone: care takes the data of a snapshot that is not there for nobody's. */
  async putBackGone(records: readonly SnapshotRecord[]): Promise<void> {
    const there = new Set(await keysUnder(this.parts.bucket, "snapshots/"));
    for (const record of records) if (!there.has(keyOf("snapshots", record.id))) await this.putBack(record);
  }

  /** One that nobody can read stops every prune. What was promoted is put back; anything else is none of ours, and goes. */
  async clear(unreadable: readonly string[], records: readonly SnapshotRecord[]): Promise<void> {
    const { bucket, log, now } = this.parts;
    const promoted = new Map(records.filter(({ promotion }) => promotion !== null).map((one) => [one.id, one]));
    for (const id of unreadable.filter((one) => nameForm.test(one))) {
      const record = promoted.get(id);
      if (record !== undefined) {
        await this.putBack(record);
        continue;
      }
      await setAside(bucket, keyOf("snapshots", id), now());
      log("warn", "a snapshot that nobody can read was set aside; the Agent never promoted it", { snapshot: id });
    }
  }
}
