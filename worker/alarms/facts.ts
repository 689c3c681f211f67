/** What one look knows, before anything is concluded from it. */
import * as z from "zod";
import type { Failures } from "../agent/backoff.ts";
import type { Desired, State } from "../agent/lifecycle.ts";
import type { Vitals } from "../agent/vitals.ts";
import type { ErrorReport } from "../errors.ts";
import type { MemoryReport } from "../snapshots/report.ts";
import type { SpendStanding } from "../spend/report.ts";
import type { LastCanary } from "./canary.ts";
import type { ModelCalls } from "./modelCalls.ts";

/** The gateway's troubles as the looks and starts met them; kept until it answers. Milliseconds since the epoch. */
export const troubleSchema = z.object({
  /** It, or its container, was seen to be gone unasked. */
  lost: z.object({ at: z.number(), what: z.string() }).nullable(),
  /** Its process lives and does not answer since. */
  silentSince: z.number().nullable(),
  /** Looks in a row that threw, and what the last of them met. */
  failedLooks: z.number(),
  lookProblem: z.string().nullable(),
});
export type Trouble = z.infer<typeof troubleSchema>;

export const noTrouble: Trouble = { lost: null, silentSince: null, failedLooks: 0, lookProblem: null };

/** Everything that one look knows. Times are milliseconds since the epoch. */
export interface Facts {
  readonly now: number;
  readonly state: State;
  /** Since when it is in that state. */
  readonly stateSince: number;
  readonly desired: Desired;
  /** Someone stops, restarts or restores it right now: what is missing meanwhile is missing on purpose. */
  readonly moving: boolean;
  readonly failures: Failures;
  readonly lastError: ErrorReport | null;
  readonly nextJob: { readonly name: string; readonly at: string } | null;
  readonly trouble: Trouble;
  /** Null: not asked, because it is not up; a text: why it could not be asked. */
  readonly vitals: Vitals | string | null;
  readonly memory: MemoryReport;
  /** When the first snapshot was seen; null before it. */
  readonly savedSince: number | null;
  readonly drillDays: number;
  readonly models: ModelCalls;
  /** What models have cost beside their caps; null where nobody could say. */
  readonly spend: SpendStanding | null;
  readonly canary: LastCanary | null;
  /** Why the object that keeps the sandboxes did not answer; null: it did, or was not asked. */
  readonly exec: string | null;
  /** Channels that have not taken a notice for a while: name → the last problem, and since when. */
  readonly channels: readonly { readonly name: string; readonly problem: string; readonly since: number }[];
}
