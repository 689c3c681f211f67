/** Objects of the repository that rotted or are gone, mended without a hand before anything is given up. */
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Bucket, KeyStorage } from "../storage.ts";
import type { Alarms } from "./alarms.ts";
import type { Copies } from "./copies.ts";
import { keyOf } from "./objects.ts";
import type { SnapshotRecord } from "./record.ts";
import type { RunProblem } from "./result.ts";
import { keepRotten, rottenIndexes, rottenPacks, setAside } from "./rotten.ts";
import { SnapshotObjects } from "./snapshotObjects.ts";

/** Ends of a run that may mean that `config` or a key is not what it was. */
const unopened: readonly string[] = [
  "wrong_password",
  "repository_absent",
  "repository_foreign",
  "repository_damaged",
  "restic_failed",
];
/** Those that may mean the index; restic has no one word for what it finds then. */
const unindexed: readonly string[] = ["repository_damaged", "restic_failed"];
/** A snapshot's own object is gone or does not open. */
const objectless = "snapshot_missing";
/** That a snapshot lacks data may be true of the index alone. */
const unfound: readonly string[] = ["snapshot_damaged"];
/** Holds how often in a row the index could not be written anew. */
const failedMends = "mending-owed";
/** After so many the snapshots before are tried: a bot with an older memory is better than none. */
const givenUpAfter = 3;

/** Whether a run that ended so is a reason to look at the repository's objects. */
function mayBeMended(code: string): boolean {
  return [...unopened, ...unfound, objectless].includes(code);
}

/** What was mended; `failed`: the index is to be written anew, and could not be. */
export type Healed = "nothing" | "failed" | "key or config" | "index" | "snapshot";

/** Whether another run is worth it. */
export function isHealed(healed: Healed): boolean {
  return healed !== "nothing" && healed !== "failed";
}

export interface HealingParts {
  readonly bucket: Bucket;
  readonly storage: KeyStorage;
  readonly alarms: Alarms;
  readonly copies: Copies;
  /** Writes the index anew, in a container apart; these packs rotted. Whether it was done. */
  readonly mend: (packs: readonly string[]) => Promise<boolean>;
  readonly log: Log;
  readonly now: () => number;
}

/** Looks at the objects only where a run says that something is wrong with them. */
export class Healing {
  private readonly parts: HealingParts;
  private readonly objects: SnapshotObjects;

  constructor(parts: HealingParts) {
    this.parts = parts;
    this.objects = new SnapshotObjects(parts);
  }

  /** The index could not be written anew, and it is too early to give that up: what such an end says is lost may not be. */
  isOwedFor({ code }: RunProblem): boolean {
    const { failed } = this;
    return unfound.includes(code) && failed > 0 && failed < givenUpAfter;
  }

  private get failed(): number {
    const stored = this.parts.storage.get(failedMends);
    return typeof stored === "number" ? stored : Number(stored === true);
  }

  /**
   * What was mended, so that the run is worth another try. Never throws. `again`: the index was written anew a moment ago, or
   * could not be, so only an object that rotted is a reason to do it once more. `record`: of the snapshot that the run reads.
   */
  async heal({ code, message }: RunProblem, again: boolean, record?: SnapshotRecord): Promise<Healed> {
    if (!mayBeMended(code)) return "nothing";
    const { alarms, copies, log } = this.parts;
    try {
      if (code === objectless) return record && (await this.objects.putBack(record)) ? "snapshot" : "nothing";
      const back = unopened.includes(code) ? await copies.putBack() : [];
      if (back.length > 0) {
        alarms.raise("repository_healed", `${back.join(", ")} was gone or rotten and is back from its copy.`);
        return "key or config";
      }
      const isOfTheIndex = unindexed.includes(code) || unfound.includes(code);
      return isOfTheIndex ? await this.mend(code, message, again) : "nothing";
    } catch (error) {
      log("error", "the repository could not be mended", { code, reason: reasonOf(error) });
      return "failed";
    }
  }

  private async mend(code: string, message: string, again: boolean): Promise<Healed> {
    const { bucket, storage, alarms, mend, log, now } = this.parts;
    const indexes = unindexed.includes(code) ? await rottenIndexes(bucket) : [];
    const packs = await rottenPacks(bucket, message);
    if (again && indexes.length + packs.length === 0) return "nothing";
    storage.put(failedMends, this.failed + 1); // before anything is set aside: an object that is reset here owes it
    for (const key of indexes) await setAside(bucket, key, now());
    const packKeys = packs.map((pack) => keyOf("data", pack));
    for (const key of packKeys) await keepRotten(bucket, key, now());
    log("warn", "the repository is mended", { code, indexes: indexes.join(" "), packs: packs.join(" ") });
    if (!(await mend(packs))) return "failed";
    storage.delete(failedMends);
    const found = [...indexes, ...packKeys];
    const what = found.length > 0 ? `These were rotten and lie under talaria/rotten/: ${found.join(", ")}. ` : "";
    alarms.raise("repository_healed", `${what}The index was written anew from the packs, because of ${code}.`);
    return "index";
  }
}
