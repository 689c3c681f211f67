import { describe, expect, it } from "vitest";
import { spanOf, stretchesOf } from "./strip.tsx";

const end = Date.parse("2026-11-01T24:00:00Z");
const hours = 3_600_000;
const hour = (h: number) => new Date(Date.parse("2026-11-01T00:00:00Z") + h * hours).toISOString();

describe("the bar of the last hours", () => {
  it("has a stretch for each time in a state, until now", () => {
    const transitions = [
      { at: hour(6), from: "ready", to: "stopped", cause: "", ms: 2 * hours },
      { at: hour(12), from: "stopped", to: "fresh", cause: "", ms: 6 * hours },
    ] as const;
    expect(stretchesOf({ transitions, state: "ready", since: hour(12) }, end, 24)).toEqual([
      { tone: "good", from: 4 * hours, until: 6 * hours },
      { tone: "rest", from: 6 * hours, until: 12 * hours },
      { tone: "good", from: 12 * hours, until: 24 * hours },
    ]);
  });

  it("begins with its hours, and knows nothing of the time before the first move", () => {
    const known = { transitions: [], state: "ready", since: hour(-30) } as const;
    expect(stretchesOf(known, end, 24)).toEqual([{ tone: "good", from: 0, until: 24 * hours }]);
    const failed = { transitions: [], state: "failed", since: hour(23) } as const;
    expect(stretchesOf(failed, end, 6)).toEqual([{ tone: "bad", from: 5 * hours, until: 6 * hours }]);
  });

  it("joins the states of one start", () => {
    const transitions = [
      { at: hour(1), from: "fresh", to: "restored", cause: "", ms: 0.5 * hours },
      { at: hour(2), from: "restored", to: "starting", cause: "", ms: 1 * hours },
    ] as const;
    expect(stretchesOf({ transitions, state: "ready", since: hour(2) }, end, 24)).toEqual([
      { tone: "busy", from: 0.5 * hours, until: 2 * hours },
      { tone: "good", from: 2 * hours, until: 24 * hours },
    ]);
  });

  it("tells of as few hours as hold what is known, and of a day at most", () => {
    const since = (h: number) => spanOf({ transitions: [], state: "ready", since: hour(h) }, end);
    expect([since(23.8), since(23.5), since(20), since(3), since(-100)]).toEqual([0.25, 1, 6, 24, 24]);
  });
});
