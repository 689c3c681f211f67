/** How the generated config of a local stack follows the committed one without losing what the user has set. */
import { isDeepStrictEqual } from "node:util";

/** Config of a stack as in its file: `project:key` → text, object, or `{secure: …}`. */
export type StackConfig = Readonly<Record<string, unknown>>;

export interface MergeInput {
  /** What the committed file and the toolchain declare now. */
  readonly declared: StackConfig;
  /** What they declared when the file was last generated. */
  readonly before: StackConfig;
  /** What the file holds: `before`, and what the user did to it since. */
  readonly current: StackConfig;
  /** Where the loopback Cloudflare is: always as it is now. */
  readonly connection: StackConfig;
}

/** Keys that the user has set to something else than was declared (or that nobody declared). */
export function changedByUser({ before, current }: Pick<MergeInput, "before" | "current">): StackConfig {
  return Object.fromEntries(
    Object.entries(current).filter(([key, value]) => !(key in before) || !isDeepStrictEqual(value, before[key])),
  );
}

/** A three-way merge: the user's changes win over declarations, the connection over both. */
export function mergeConfig(input: MergeInput): StackConfig {
  const { declared, before, current, connection } = input;
  const removed = Object.keys(before).filter((key) => !(key in current));
  const kept = Object.entries(declared).filter(([key]) => !removed.includes(key));
  return { ...Object.fromEntries(kept), ...changedByUser(input), ...connection };
}
