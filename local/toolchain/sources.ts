/** Finding one thing in several places: the first that has it wins, and the others' reasons are kept for the error. */

/** What a place answers: the thing, or why not. */
export type Outcome<T> = { readonly have: T } | { readonly lacking: string };

/** A place to get something from. */
export interface Source<T> {
  /** As a person reads it: "on PATH", "Pulumi's download". */
  readonly name: string;
  readonly get: () => Promise<Outcome<T>>;
}

/** What came of asking them in order. */
export type Found<T> =
  | { readonly value: T; readonly source: string }
  | { readonly value: undefined; readonly reasons: readonly string[] };

/** Asks each source in turn and stops at the first that has it. An exception of a source is not a reason: it ends the search. */
export async function firstOf<T>(
  sources: readonly Source<T>[],
  onLacking: (reason: string) => void = () => {},
): Promise<Found<T>> {
  const reasons: string[] = [];
  for (const source of sources) {
    const outcome = await source.get();
    if ("have" in outcome) return { value: outcome.have, source: source.name };
    const reason = `${source.name}: ${outcome.lacking}`;
    reasons.push(reason);
    onLacking(reason);
  }
  return { value: undefined, reasons };
}
