/** What a run of `import` is told. Pure; `care.ts` starts it. */
import type { Promoted, SnapshotRecord } from "./record.ts";

/** What an operator says about an import. */
export interface ImportTerms {
  /** What becomes of the memory that there is: `merge` adds what it lacks. */
  readonly mode: "replace" | "merge";
  /** Takes also what is older than the memory. */
  readonly force: boolean;
}

/** An import that was begun. */
export interface ImportBegun {
  readonly run: string;
  /** The memory as it is now; null where there is none. It must still be that when the import takes its place. */
  readonly before: string | null;
  /** The snapshot that it is laid over; null: it is all that will be there. */
  readonly onto: string | null;
}

/**
 * A merge lets all that is there stay, so it may bring what is older. What replaces the memory must not be older than it,
 * unless an operator says so. The run is shown the indexes that the memory needs, never what was added to the repository since.
 */
export function importOrder(promoted: Promoted | null, record: SnapshotRecord | undefined, terms: ImportTerms) {
  const before = promoted?.current ?? null;
  const onto = terms.mode === "merge" ? before : null;
  const after = terms.mode === "merge" || terms.force ? undefined : (record?.at ?? promoted?.at);
  const words = `${onto === null ? "" : ` --onto ${onto}`}${after === undefined ? "" : ` --after ${after}`}`;
  return { words, about: { reason: "import", ...(before !== null && { snapshot: before }) }, before, onto };
}
