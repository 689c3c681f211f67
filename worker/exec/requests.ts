/** What is asked of a session's object, parsed once. */
import * as z from "zod";
import { BotError } from "../errors.ts";

/** Form of a session's and of a job's id. */
export const idForm = "[A-Za-z0-9._-]{1,64}";

const base64 = z.base64({ error: "is not base64" });

/** A job as the agent's plugin asks for it. `command` runs in bash; `stdin` is all that it can read. */
export const jobRequest = z.object({
  kind: z.enum(["terminal", "tool"]),
  command: base64,
  stdin: base64.nullish().transform((value) => value ?? null),
  cwd: z
    .string()
    .nullish()
    .transform((value) => value ?? null),
  env: z.record(z.string(), z.string()).default({}),
  timeoutSeconds: z.number().positive(),
  /** Its input comes while it runs, and all that it writes is kept: an MCP server. */
  feed: z.boolean().default(false),
  /** What the model typed, for the audit: the plugin wraps it. */
  shown: z.string().optional(),
});
export type JobRequest = z.infer<typeof jobRequest>;

/** An operator's terminal. */
export const terminalRequest = z.object({
  tty: z.object({ rows: z.number().int().positive(), cols: z.number().int().positive() }),
});

/** How a job's output is asked for. `offset`: bytes. `wait`: seconds until an empty answer. `limit`: bytes. */
export const readQuery = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  wait: z.coerce.number().min(0).max(25).default(0),
  limit: z.coerce.number().int().positive().max(16_777_216).default(1_048_576),
});
export type ReadQuery = z.infer<typeof readQuery>;

/** @throws BotError `badRequest` that says what is wrong */
export function parsed<T>(schema: z.ZodType<T>, given: unknown): T {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const reason = `The request is not as expected: ${z.prettifyError(result.error).replaceAll("\n", " ")}.`;
  throw new BotError("badRequest", { reason });
}

/** A body as JSON. @throws BotError `badRequest` */
export async function jsonOf<T>(schema: z.ZodType<T>, request: Request): Promise<T> {
  const given: unknown = await request.json().catch((error: unknown) => {
    throw new BotError("badRequest", { reason: `The body is not JSON: ${String(error)}.` });
  });
  return parsed(schema, given);
}
