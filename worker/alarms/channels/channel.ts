import type { Notice } from "../notice.ts";

/** A way to a person that is not the agent's own. */
export interface Channel {
  readonly name: string;
  /** Where it leads, for a person; holds no secret. */
  readonly target: string;
  /** Delivers one notice. @throws NotTold with the reason; never with a secret in it */
  readonly tell: (notice: Notice) => Promise<void>;
}

/** A channel did not take a notice. */
export class NotTold extends Error {
  override readonly name = "NotTold";
  /** Milliseconds that the channel asks to wait, where it does. */
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, retryAfterMs?: number) {
    super(reason);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The longest that a channel may take for one notice. */
export const tellsWithinMs = 15_000;
