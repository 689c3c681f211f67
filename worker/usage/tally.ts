import type { Measured, Reading } from "./reading.ts";

/**
 * What the code of one isolate has used, whichever of the Worker or its objects runs in it. It knows nothing of where this is
 * told: the Worker's entry sets that up (`telling.ts`).
 */
export class Tally {
  private readonly counted: Partial<Record<Measured, number>> = {};
  private source: string | undefined;
  private wake: (() => void) | undefined;

  /** Counts up. Each isolate counts for itself. */
  add(what: Measured, amount = 1): void {
    this.counted[what] = (this.counted[what] ?? 0) + amount;
    this.wake?.();
  }

  /** `wake` is called at each count. */
  set whenCounted(wake: () => void) {
    this.wake = wake;
  }

  /** What there is to tell. */
  get reading(): Reading {
    // Not before somebody counts: an isolate has no randomness while it starts.
    this.source ??= `isolate/${crypto.randomUUID()}`;
    return { source: this.source, of: "worker", counted: { ...this.counted } };
  }
}

/** Of this isolate. */
export const tally = new Tally();
