/** The answers of /api/audit and /api/exec, as far as the command line reads them. */
import { z } from "zod";

const text = z.string().nullish();

/** One command that ran, or one act of an operator. */
const auditRowSchema = z.looseObject({
  at: z.string(),
  session: z.string(),
  kind: z.string(),
  isolation: text,
  box: text,
  command: z.string(),
  exit: z.number().nullish(),
  seconds: z.number().nullish(),
  /** All that it wrote. */
  bytes: z.number().nullish(),
  /** `exit`, `deadline`, `cancel` or `lost`; `answer` of an operator's act, whose `exit` is the HTTP status. */
  endedBy: text,
  /** Who acted. */
  by: text,
});
export type AuditRow = z.infer<typeof auditRowSchema>;

/** `GET /api/audit`: rows oldest first; `next` asks for what comes after. */
export const auditSchema = z.looseObject({ rows: z.array(auditRowSchema), next: z.union([z.number(), z.string()]) });

/** `GET /api/exec/sessions`, the last used first. */
export const sessionsSchema = z.looseObject({
  sessions: z.array(
    z.looseObject({
      session: z.string(),
      lastCommandAt: text,
      commands: z.number().nullish(),
      boxes: z.array(z.string()).nullish(),
    }),
  ),
});

/** `GET /api/exec/sessions/{s}/list`. `modified`: seconds since 1970. */
export const listSchema = z.looseObject({
  entries: z.array(
    z.looseObject({ name: z.string(), type: z.string(), bytes: z.number().nullish(), modified: z.number().nullish() }),
  ),
});
export type Entry = z.infer<typeof listSchema>["entries"][number];

/** `POST …/input`: where the input stands now, bytes. */
export const inputSchema = z.looseObject({ next: z.number() });

/** Headers of `GET …/jobs/{job}`. `exit` is there once the body reaches the end. */
export const jobHeader = { next: "x-job-next", exit: "x-job-exit", endedBy: "x-job-ended-by" } as const;

/** Options of every command about a session. */
export interface SessionOptions {
  readonly session: string;
}

/** The route of a session. */
export function sessionRoute({ session }: SessionOptions): string {
  return `/api/exec/sessions/${encodeURIComponent(session)}`;
}
