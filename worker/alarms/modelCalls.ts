/** How the model's calls end: only those count that failed since the last that did not. Pure. */
import * as z from "zod";

export const modelCallsSchema = z.object({
  /** Calls that failed since the last one that did not. However long ago: nothing else says that the model answers again. */
  failedInARow: z.number(),
  /** When the first of these was, milliseconds since the epoch. */
  failingSince: z.number().nullable(),
  lastFailure: z
    .object({ status: z.number().nullable(), provider: z.string(), problem: z.string().nullable() })
    .nullable(),
});
export type ModelCalls = z.infer<typeof modelCallsSchema>;

export const noModelCalls: ModelCalls = { failedInARow: 0, failingSince: null, lastFailure: null };

/** How one call ended, as the model proxy tells it. */
export interface ModelEnd {
  readonly ok: boolean;
  /** What the provider answered; null where it could not be reached. */
  readonly status: number | null;
  readonly provider: string;
  /** What went wrong, in a sentence. */
  readonly problem: string | null;
}

/** The count with one more call; the same object where nothing has failed. */
export function withCall(calls: ModelCalls, { ok, status, provider, problem }: ModelEnd, now: number): ModelCalls {
  if (ok) return calls.failedInARow === 0 ? calls : noModelCalls;
  return {
    failedInARow: calls.failedInARow + 1,
    failingSince: calls.failingSince ?? now,
    lastFailure: { status, provider, problem },
  };
}
