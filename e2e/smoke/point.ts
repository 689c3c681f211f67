/** One open point: a question to the platform, how it is asked, and what came of it. */
import type { Smoke } from "./smoke.ts";

/** What came of a question. `holds`: the platform does what Talaria's code expects. */
export interface Verdict {
  readonly verdict: "holds" | "differs" | "undecided";
  /** What was seen, in one or two sentences. */
  readonly detail: string;
}

/** One open point. */
export interface Point {
  /** Short name, also on the command line's screen and in `needs`. */
  readonly id: string;
  readonly question: string;
  /** Whether Talaria's code stands on the answer "yes". @default true */
  readonly relied?: boolean;
  /** Points that must hold before this one can be asked. */
  readonly needs: readonly string[];
  /** Asks. An error of the API is turned into a verdict by whoever walks the points. */
  readonly ask: (smoke: Smoke) => Promise<Verdict>;
}

/** The platform does what Talaria's code expects. */
export const holds = (detail: string): Verdict => ({ verdict: "holds", detail });
/** The platform does something else. */
export const differs = (detail: string): Verdict => ({ verdict: "differs", detail });
/** The question could not be asked, or its answer shows nothing. */
export const undecided = (detail: string): Verdict => ({ verdict: "undecided", detail });
