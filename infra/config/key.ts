/** What a configuration key is. Messages complete the sentence "talaria:<key> <value> …". */
import type { z } from "zod";

/** How a plain key is read. */
export interface PlainKey<T = unknown> {
  /** What it means; the README's table and `Pulumi.yaml` say the same. */
  readonly meaning: string;
  readonly schema: z.ZodType<T>;
  /** The value is JSON (a key with fields), set with `pulumi config set --path`. */
  readonly fields: boolean;
  /** What to type after the key, or after one of its fields. */
  readonly example: string;
  /** Where a person finds the value. */
  readonly hint?: string;
}

/** A key whose value is one text. */
export const plain = <T>(meaning: string, schema: z.ZodType<T>, example: string, hint?: string): PlainKey<T> => ({
  meaning,
  schema,
  fields: false,
  example,
  ...(hint === undefined ? {} : { hint }),
});
/** A key whose value is JSON. */
export const withFields = <T>(meaning: string, schema: z.ZodType<T>, example: string): PlainKey<T> => ({
  meaning,
  schema,
  fields: true,
  example,
});
