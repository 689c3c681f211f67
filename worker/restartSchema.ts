/** What becomes of a gateway that ends by itself. Like `declarationSchema.ts` it is loaded by Node and by workerd alike. */
import * as z from "zod";

/** `on-failure`: one that ended well stays down. */
export const restartPolicies = ["always", "on-failure", "never"] as const;

export const restartSchema = z.object({
  policy: z.enum(restartPolicies).default("always"),
  /** Seconds between its end and its next start. */
  delaySeconds: z.number().int().min(0).default(5),
  /** Ends within an hour after which it is given up; absent: none. */
  limit: z.number().int().positive().optional(),
});
export type RestartPolicy = z.output<typeof restartSchema>;
