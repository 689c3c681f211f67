/** The ledger: one line of JSON for each request that the canned model served. It holds no message text. */
import type { FaultWord } from "./faults.ts";

/** How a request ended. */
export type Outcome = "answered" | "refused" | "cut" | "client left";

/** One served request. */
export interface LedgerEntry {
  /** When it arrived (ISO 8601). */
  readonly at: string;
  /** Which API: `chat.completions`, `messages`, `responses` or `models`. */
  readonly api: string;
  readonly model: string | null;
  readonly stream: boolean;
  /** HTTP status that was sent. */
  readonly status: number;
  readonly outcome: Outcome;
  readonly fault: FaultWord | null;
  /** The tool that the answer called. */
  readonly tool: string | null;
  /** How many tools the request offered. */
  readonly offeredTools: number;
  /** A call that Hermes makes for itself, such as the title of a session. */
  readonly auxiliary: boolean;
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Duration in milliseconds. */
  readonly ms: number;
}
