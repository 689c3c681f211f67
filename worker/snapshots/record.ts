/** What the Agent keeps of each snapshot and of what it promoted: in its object's storage and, as JSON, in the bucket. */
import * as z from "zod";
import { nameForm } from "./objects.ts";

/**
 * What the Agent thinks of a snapshot.
 * - `promoted`: judged whole; it was the memory once, or is, or, where its `promotion` is null, may be: an import
 * - `shrunk`: whole, but suspiciously smaller than the one before
 * - `malformed`: a database of the living home was broken when it was made
 * - `unproven`: restic and the manifest disagree
 * - `bad`: a restore found that it is not whole
 */
export const verdicts = ["promoted", "shrunk", "malformed", "unproven", "bad"] as const;
export type Verdict = (typeof verdicts)[number];

/** Totals of a home. */
export const treeSchema = z.looseObject({ files: z.number(), bytes: z.number(), databases: z.number() });
export type Tree = z.infer<typeof treeSchema>;

export const snapshotRecordSchema = z.object({
  /** restic's id, 64 hex digits. */
  id: z.string(),
  /** When its run began, ISO 8601: what happened before is in it. */
  at: z.string(),
  /** Why it was made: due, stop, operator, upgrade, ending, restore, first, import; `adopted` when it was found in the bucket. */
  reason: z.string(),
  verdict: z.enum(verdicts),
  /** What is wrong with it, for a verdict that is not `promoted`. */
  problem: z.string().nullable(),
  tree: treeSchema.nullable(),
  /** Bytes that it added to the repository. */
  addedBytes: z.number().nullable(),
  fingerprint: z.string().nullable(),
  /** hermes, talaria, image. */
  versions: z.record(z.string(), z.string()),
  parent: z.string().nullable(),
  /** Index objects that were stored later are none of its own (milliseconds since the epoch, R2's clock). */
  indexesUntil: z.number().nullable(),
  tags: z.record(z.string(), z.string()),
  /** Its object in the bucket, in Base64: put back where that is gone or rots. Absent in records of older versions. */
  copy: z.string().nullish(),
  /** Number of its last promotion; null when it was never promoted. */
  promotion: z.number().nullable(),
});
export type SnapshotRecord = z.infer<typeof snapshotRecordSchema>;

/** What operators are told of a record: all of it but the sealed copy. */
export function told({ copy: _, ...record }: SnapshotRecord): Omit<SnapshotRecord, "copy"> {
  return record;
}

/** Which snapshot the memory is. */
export const promotedSchema = z.object({
  /** Its form is looked at: a pointer in the bucket that rotted may still be JSON. */
  current: z.string().regex(nameForm),
  /** Counts promotions; the higher one wins where two places disagree, whatever their clocks say. */
  number: z.number().int().positive(),
  /** When it was promoted, ISO 8601. */
  at: z.string(),
  cause: z.string(),
});
export type Promoted = z.infer<typeof promotedSchema>;

/** Promoted ones, the last promotion first: the order in which a bad one is replaced. */
export function byPromotion(records: readonly SnapshotRecord[]): SnapshotRecord[] {
  return records.filter(({ promotion }) => promotion !== null).sort((a, b) => (b.promotion ?? 0) - (a.promotion ?? 0));
}
