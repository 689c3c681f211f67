/** Lifecycle rules of a bucket, as the API takes and answers them. */
import type { LifecycleUpdateParams } from "cloudflare/resources/r2/buckets/lifecycle.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";

const age = z.strictObject({ type: z.literal("Age"), maxAge: z.number().int().min(1) });
const date = z.strictObject({ type: z.literal("Date"), date: z.string() });
const ageOrDate = z.discriminatedUnion("type", [age, date]);

/** One lifecycle rule. */
export const ruleSchema = z.strictObject({
  id: z.string().min(1),
  enabled: z.boolean(),
  conditions: z.strictObject({ prefix: z.string() }),
  abortMultipartUploadsTransition: z.strictObject({ condition: age.optional() }).optional(),
  deleteObjectsTransition: z.strictObject({ condition: ageOrDate.optional() }).optional(),
  storageClassTransitions: z
    .array(z.strictObject({ condition: ageOrDate, storageClass: z.literal("InfrequentAccess") }))
    .optional(),
});
true satisfies Conforms<typeof ruleSchema, LifecycleUpdateParams.Rule>;
