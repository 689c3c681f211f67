import type { State, Transition } from "../agent/lifecycle.ts";
import { standing } from "./tones.ts";

/** What happened, with the moves of one start taken together. */
export interface Episode {
  readonly at: string;
  readonly to: State;
  readonly cause: string;
  /** Milliseconds of the start that ended here, and of its steps; null where this is the end of none. */
  readonly start: {
    readonly ms: number;
    readonly steps: readonly { readonly of: State; readonly ms: number }[];
  } | null;
  /** What was before, and for how long: milliseconds. */
  readonly before: { readonly state: State; readonly ms: number };
}

/** From moves, the oldest first, to episodes, the newest first. A start that goes on is an episode by itself. */
export function episodesOf(transitions: readonly Transition[]): Episode[] {
  const episodes: Episode[] = [];
  let start: Transition[] = [];
  transitions.forEach((move, n) => {
    start.push(move);
    const goesOn = standing(move.to).tone === "busy";
    if (goesOn && n < transitions.length - 1) return;
    episodes.unshift(episodeOf(start, move));
    start = [];
  });
  return episodes;
}

function episodeOf(moves: readonly Transition[], last: Transition): Episode {
  const [first = last, ...others] = moves;
  const { at, to, cause } = last;
  const before = { state: first.from, ms: first.ms };
  if (others.length === 0) return { at, to, cause, start: null, before };
  const steps = others.map(({ from, ms }) => ({ of: from, ms }));
  return { at, to, cause, start: { ms: Date.parse(at) - Date.parse(first.at), steps }, before };
}
