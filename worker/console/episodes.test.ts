import { describe, expect, it } from "vitest";
import type { State, Transition } from "../agent/lifecycle.ts";
import { episodesOf } from "./episodes.ts";

/** Moves one after another; `ms` is how long the bot was in the state before. */
function moves(...path: readonly (readonly [State, number])[]): Transition[] {
  let at = 0;
  return path.slice(1).map(([to, ms], n) => {
    at += ms;
    return { at: new Date(at).toISOString(), from: path[n]?.[0] ?? to, to, cause: `to ${to}`, ms };
  });
}

describe("what happened", () => {
  it("tells a start as one, with its steps, and the newest first", () => {
    const told = episodesOf(
      moves(
        ["stopped", 0],
        ["fresh", 60_000],
        ["restored", 800],
        ["starting", 200],
        ["ready", 9_000],
        ["stopped", 5_000],
      ),
    );
    expect(told).toMatchObject([
      { to: "stopped", cause: "to stopped", start: null, before: { state: "ready", ms: 5_000 } },
      {
        to: "ready",
        start: {
          ms: 10_000,
          steps: [
            { of: "fresh", ms: 800 },
            { of: "restored", ms: 200 },
            { of: "starting", ms: 9_000 },
          ],
        },
        before: { state: "stopped", ms: 60_000 },
      },
    ]);
  });

  it("tells a start that goes on, and one that failed", () => {
    expect(episodesOf(moves(["stopped", 0], ["fresh", 60_000], ["restored", 800]))).toMatchObject([
      { to: "restored", start: { ms: 800 } },
    ]);
    expect(episodesOf(moves(["stopped", 0], ["fresh", 60_000], ["failed", 800]))).toMatchObject([
      { to: "failed", cause: "to failed", start: { ms: 800 } },
    ]);
  });
});
