/** What a fault is. */

import type { Verb } from "./moments.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";

/** Needs of the machine or of the stage. */
export type Kind =
  | "SIGKILL of restic"
  | "SIGKILL of the state tool"
  | "SIGKILL of the gateway"
  | "SIGKILL of the container"
  | "a Worker upload"
  | "the repository's answer"
  | "R2"
  | "ticks at once"
  | "the Worker's clock"
  | "a flipped bit"
  | "an object gone"
  | "the disk full";

export interface Fault {
  readonly kind: Kind;
  /** At which step, or of which object. */
  readonly at: string;
  /** What it strikes: it is armed before one is begun. */
  readonly verb: Verb;
  /** Before the run begins. */
  arm?(stage: Stage, random: Random): Promise<void>;
  /** While the run is under way. Says what it did where that is not always the same; @throws Missed */
  strike?(stage: Stage, random: Random): Promise<string | undefined>;
  /** Takes the fault away, when it does not go by itself. */
  mend?(stage: Stage): Promise<void>;
  /** The bot may wait for a hand as long as the fault lasts: an object that only an operator can bring back. */
  readonly needsHand?: boolean;
  /** It takes a pack away that is put back later, and that nobody takes into the index again. */
  readonly losesData?: boolean;
  /** What is promoted may be replaced by what was promoted before it. */
  readonly fallsBack?: boolean;
}

/** The moment did not come: nothing was struck, and nothing is counted. */
export class Missed extends Error {
  override readonly name = "Missed";
}
