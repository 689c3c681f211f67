import type { Repository } from "./repository.ts";

/** Raw configuration of a stack. */
export interface ConfigSource {
  readonly project: string;
  readonly stack: string;
  /** Key without the project's namespace → text (JSON for a key with fields). */
  readonly values: Readonly<Record<string, string>>;
  /** Whether the value is encrypted, wholly or in part; of a field, `secretEnvironment.NAME`, whether that one is. */
  isSecret(key: string): boolean;
  /** File and line of a key, or of one of its fields: `model.default`. */
  locate(key: string): string | undefined;
  /** Text of a file, by its path from the repository's top; undefined where there is none. */
  read(file: string): string | undefined;
  /** Whether git has a file. */
  isTracked(file: string): boolean;
  readonly repository: Repository;
}

/** Tells a problem with a key; `cause` is the key whose line is named where its own has none. */
export type Report = (key: string, reason: string, next: readonly string[], cause?: string) => void;
