/** How long to wait before a failed start is tried again, and when to stop trying. */

/** Failed starts in a row after which only an operator, a new declaration or a long pause brings another try. */
export const giveUpAfter = 5;

/** A bot that was given up is tried once more after this long: an outage of the platform ends without a hand. */
export const retryGivenUpMs = 3_600_000;

const firstPauseMs = 2_000;
const longestPauseMs = 120_000;

export interface Failures {
  /** Failed starts in a row. */
  readonly count: number;
  /** Time of the last one, milliseconds since the epoch. */
  readonly lastAt: number;
  /** Hash of the declaration that they happened under. */
  readonly declaration: string;
  /** The last one cannot be mended by another try. */
  readonly hopeless: boolean;
  /** The stack wants nothing tried by itself: `talaria:restart`. Missing in older records. */
  readonly staysDown?: boolean;
}

export const noFailures: Failures = { count: 0, lastAt: 0, declaration: "", hopeless: false };

/** Milliseconds since the epoch before which no automatic start is tried; Infinity: not before somebody asks for it. */
export function notBefore({ count, lastAt, hopeless, staysDown }: Omit<Failures, "declaration">): number {
  if (count === 0) return 0;
  if (staysDown) return Number.POSITIVE_INFINITY;
  if (gaveUp({ count, hopeless })) return lastAt + retryGivenUpMs;
  return lastAt + Math.min(longestPauseMs, firstPauseMs * 4 ** (count - 1));
}

export const gaveUp = ({ count, hopeless }: Pick<Failures, "count" | "hopeless">): boolean =>
  hopeless || count >= giveUpAfter;
