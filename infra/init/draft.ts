/** A stack that is not written yet. */
import { isMapping, merged, type Tree } from "../config/trees.ts";

/** A file beside the stack's. */
export interface DraftFile {
  readonly text: string;
  /** It holds a secret: git has to leave it out, and nobody else reads it. @default false */
  readonly secret?: boolean | undefined;
}

/** Everything that a stack is declared by. */
export interface StackDraft {
  /** Plain keys with their values. */
  readonly config: Tree;
  /** Secret keys with their values, in the clear: they go to Pulumi's stdin and nowhere else. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Secret variables of Hermes' gateway. */
  readonly secretEnvironment: Readonly<Record<string, string>>;
  /** Path from the repository's top → file. */
  readonly files: Readonly<Record<string, DraftFile>>;
  /** What was found and not taken, a sentence each. */
  readonly notes: readonly string[];
}

export const emptyDraft: StackDraft = { config: {}, secrets: {}, secretEnvironment: {}, files: {}, notes: [] };

/** Two drafts as one; `above` wins. */
export function joined(below: StackDraft, above: StackDraft): StackDraft {
  return {
    config: merged(below.config, above.config),
    secrets: { ...below.secrets, ...above.secrets },
    secretEnvironment: { ...below.secretEnvironment, ...above.secretEnvironment },
    files: { ...below.files, ...above.files },
    notes: [...below.notes, ...above.notes],
  };
}

/** What is declared of a platform, a provider and so on is one mapping below its key. */
export function fieldsOf(config: Tree, key: string): Tree {
  const value = config[key];
  return isMapping(value) ? value : {};
}
