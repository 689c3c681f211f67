import * as z from "zod";
import type { Log } from "../log.ts";
import type { Bucket, KeyStorage } from "../storage.ts";
import type { Books } from "./books.ts";
import { judge } from "./judge.ts";
import type { SnapshotRecord, Verdict } from "./record.ts";
import { problemOf, type RunResult } from "./result.ts";
import type { RunEnd, RunRecord } from "./runs.ts";
import { readSnapshot, type Stored } from "./snapshotObjects.ts";

/** What became of an attempt to save. */
export interface Saved {
  readonly run: string;
  /** Whether the memory now holds everything that happened before the attempt began. */
  readonly saved: boolean;
  /** `nothing` to save, `unchanged`, the verdict on a new snapshot, or that there is none. */
  readonly outcome: "nothing" | "unchanged" | "failed" | Verdict;
  /** The new snapshot, or the one that nothing has changed since. */
  readonly snapshot: string | null;
  readonly problem: { readonly code: string; readonly message: string } | null;
}

/** What the living home was last known to be equal to. */
const baselineSchema = z.object({
  /** The container's life that this is true for. */
  boot: z.string(),
  snapshot: z.string(),
  fingerprint: z.string().nullable(),
  promoted: z.boolean(),
});
export type Baseline = z.infer<typeof baselineSchema>;

const tagsSchema = z.record(z.string(), z.string());

/** Index objects of a run may be a little younger than its snapshot by the clocks of the bucket's machines. */
const clockSlackMs = 10_000;

export interface SettlementParts {
  readonly books: Books;
  readonly bucket: Bucket;
  readonly storage: KeyStorage;
  /** What runs: goes into a snapshot's record. */
  readonly versions: () => Readonly<Record<string, string>>;
  /** Told that the repository was opened, so that what opens it is whole. */
  readonly opened: () => void;
  readonly log: Log;
}

/** Decides what the end of a snapshot's run means, and promotes what may be promoted. */
export class Settlement {
  private readonly parts: SettlementParts;

  constructor(parts: SettlementParts) {
    this.parts = parts;
  }

  /** Undefined while the home was not compared with any snapshot. */
  get baseline(): Baseline | undefined {
    return baselineSchema.safeParse(this.parts.storage.get("baseline")).data;
  }

  /** The home of this life of a container is this snapshot, as it was restored or made. */
  equals(boot: string, { id: snapshot, fingerprint }: SnapshotRecord, promoted: boolean): void {
    this.parts.storage.put("baseline", { boot, snapshot, fingerprint, promoted } satisfies Baseline);
  }

  /** Can be repeated: an object that was reset between two writes comes here again. */
  async settle(end: RunEnd): Promise<Omit<Saved, "run">> {
    if ("died" in end) return failed("run_died", end.died);
    const { outcome, snapshot } = end.result;
    if (outcome === "unchanged") return this.unchanged();
    if (outcome === "made" && snapshot) return this.made(snapshot, end.result, end.run);
    const { code, message } = problemOf(end.result);
    return failed(code, message);
  }

  /**
   * Writes down what an import made. It is judged as any snapshot is and not promoted: it becomes the memory by an operator's
   * restore alone. Can be repeated.
   */
  async imported(end: RunEnd): Promise<void> {
    const { books, bucket, log } = this.parts;
    if ("died" in end || end.result.outcome !== "made" || !end.result.snapshot) return; // its report says why
    const { snapshot } = end.result;
    const stored = await readSnapshot(bucket, snapshot);
    if (stored === undefined) {
      log("error", "the bucket does not hold the snapshot that an import made", { snapshot });
      return;
    }
    const record = this.recordOf(snapshot, end.result, end.run, stored);
    const { image: _, ...versions } = record.versions; // no image of the agent's has had this home
    await books.note({ ...record, ...judge(end.result), versions });
  }

  private unchanged(): Omit<Saved, "run"> {
    const { baseline } = this;
    const saved = baseline?.promoted === true;
    const message = "nothing has changed since a snapshot that was not promoted";
    const problem = saved ? null : { code: "not_promoted", message };
    return { saved, outcome: "unchanged", snapshot: baseline?.snapshot ?? null, problem };
  }

  private async made(id: string, result: RunResult, run: RunRecord): Promise<Omit<Saved, "run">> {
    const { books, bucket, log } = this.parts;
    const stored = await readSnapshot(bucket, id);
    if (stored === undefined) return failed("snapshot_missing", `the bucket does not hold the snapshot ${id}`);
    const { verdict, problem } = judge(result, { trustShrunk: run.about.trustShrunk === "yes" });
    const record = this.recordOf(id, result, run, stored);
    const saved = verdict === "promoted";
    if (saved) {
      await books.promote(record, `a snapshot (${record.reason})`);
      this.parts.opened();
    } else await books.note({ ...record, verdict, problem });
    if (verdict !== "unproven") this.equals(run.about.boot ?? "", record, saved);
    if (problem === null) return { saved, outcome: verdict, snapshot: id, problem };
    log("warn", "a snapshot was made and not promoted", { snapshot: id, verdict, problem });
    return { saved, outcome: verdict, snapshot: id, problem: { code: `snapshot_${verdict}`, message: problem } };
  }

  private recordOf(id: string, result: RunResult, { startedAt, about }: RunRecord, stored: Stored): SnapshotRecord {
    const told = Object.entries(result.versions ?? {}).flatMap(([name, value]) => (value ? [[name, value]] : []));
    const known = this.parts.versions();
    return {
      id,
      at: new Date(startedAt).toISOString(),
      reason: about.reason ?? "unknown",
      verdict: "promoted",
      problem: null,
      tree: result.tree ?? null,
      addedBytes: result.restic?.data_added_packed ?? result.restic?.data_added ?? null,
      fingerprint: result.fingerprint ?? null,
      versions: { ...known, ...Object.fromEntries(told), ...(known.image && { image: known.image }) },
      parent: result.parent ?? null,
      indexesUntil: stored.at + clockSlackMs,
      tags: tagsSchema.parse(JSON.parse(about.tags ?? "{}")),
      copy: stored.copy,
      promotion: null,
    };
  }
}

/** An attempt that saved nothing. */
export const failed = (code: string, message: string): Omit<Saved, "run"> => ({
  saved: false,
  outcome: "failed",
  snapshot: null,
  problem: { code, message },
});
