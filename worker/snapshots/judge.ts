import type { Verdict } from "./record.ts";
import type { RunResult } from "./result.ts";

/** What to think of a snapshot that a run made. */
export interface Judgement {
  readonly verdict: Verdict;
  /** Null for a snapshot that may be promoted. */
  readonly problem: string | null;
}

/** The one file of a snapshot that is not of the home: the manifest. */
const ownFiles = 1;

/**
 * Whether a snapshot may become the memory (design decision 4): restic has read what the manifest counts, no database of
 * the home was broken, and the home did not shrink suspiciously. `trustShrunk` is an operator's word that it may.
 */
export function judge(result: RunResult, { trustShrunk = false } = {}): Judgement {
  const { tree, restic, manifestBytes, shrunk, malformed } = result;
  if (!tree || !restic || !manifestBytes) return { verdict: "unproven", problem: "the run gave no totals" };
  const [files, bytes] = [restic.total_files_processed - ownFiles, restic.total_bytes_processed - manifestBytes];
  if (files !== tree.files || bytes !== tree.bytes) {
    const problem = `the manifest counts ${tree.files} files and ${tree.bytes} bytes, restic ${files} and ${bytes}`;
    return { verdict: "unproven", problem };
  }
  if (malformed && malformed.length > 0) {
    return { verdict: "malformed", problem: `broken in the living home: ${malformed.join(", ")}` };
  }
  if (shrunk && !trustShrunk) {
    return { verdict: "shrunk", problem: "much smaller than the snapshot before, or a database or MEMORY.md is gone" };
  }
  return { verdict: "promoted", problem: null };
}
