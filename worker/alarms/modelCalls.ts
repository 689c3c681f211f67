/** How the model's calls ended, counted over a rolling window. Pure. */
import * as z from "zod";

/** How far back a call counts. */
const windowMs = 15 * 60_000;

export const modelCallsSchema = z.object({
  /** Calls that failed since the last one that did not. */
  failedInARow: z.number(),
  /** When the first of these was, milliseconds since the epoch. */
  failingSince: z.number().nullable(),
  lastAt: z.number(),
  lastFailure: z
    .object({ status: z.number().nullable(), provider: z.string(), problem: z.string().nullable() })
    .nullable(),
});
export type ModelCalls = z.infer<typeof modelCallsSchema>;

export const noModelCalls: ModelCalls = { failedInARow: 0, failingSince: null, lastAt: 0, lastFailure: null };

/** How one call ended, as the model proxy tells it. */
export interface ModelEnd {
  readonly ok: boolean;
  /** What the provider answered; null where it could not be reached. */
  readonly status: number | null;
  readonly provider: string;
  /** What went wrong, in a sentence. */
  readonly problem: string | null;
}

/** The count with one more call. A long silence forgets what failed before it. */
export function withCall(calls: ModelCalls, { ok, status, provider, problem }: ModelEnd, now: number): ModelCalls {
  if (ok) return { failedInARow: 0, failingSince: null, lastAt: now, lastFailure: null };
  const { failedInARow, failingSince } = recent(calls, now);
  return {
    failedInARow: failedInARow + 1,
    failingSince: failingSince ?? now,
    lastAt: now,
    lastFailure: { status, provider, problem },
  };
}

/** The count without what is too long ago. */
export function recent(calls: ModelCalls, now: number): ModelCalls {
  return now - calls.lastAt > windowMs || calls.lastAt > now ? { ...noModelCalls, lastAt: calls.lastAt } : calls;
}
