/**
 * Compile-time bridges between the schemas here and the types of the official `cloudflare` package,
 * so that this API and the client cannot drift apart: a mismatch is a type error that names the fields.
 *
 * @example
 * true satisfies Conforms<typeof bucketSchema, BucketCreateParams>;
 */
import type { z } from "zod";

/** Parameters of the official client that travel in the path, a query or a header, not in the body. */
type OutsideBody = "account_id" | "zone_id" | "cf-r2-jurisdiction";

/** The body that the official client sends for these parameters. */
type BodyOf<Params> = Params extends unknown ? Omit<Params, OutsideBody> : never;

type KeysOf<T> = T extends unknown ? keyof T : never;

/** `true` when every value that the schema accepts is a body of the client, without a field that the client lacks. */
export type Conforms<Schema extends z.ZodType, Params> =
  z.output<Schema> extends BodyOf<Params>
    ? [Exclude<KeysOf<z.output<Schema>>, KeysOf<Params>>] extends [never]
      ? true
      : ["the client has no field", Exclude<KeysOf<z.output<Schema>>, KeysOf<Params>>]
    : ["the client would not send", z.output<Schema>];
