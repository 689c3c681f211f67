import { describe, expect, it } from "vitest";
import { lastGood, neverRanWell, type RanWell, wayBack, withLook } from "./ranWell.ts";

const start = Date.parse("2026-11-21T12:00:00Z");
const one = { image: "hermes:1", declaration: "d1", hermes: "0.22.2" };
const two = { image: "hermes:2", declaration: "d2", hermes: "0.23.0" };

/** So many good looks, one a minute. */
function looks(well: RanWell, runs: typeof one, from: number, count: number): RanWell {
  let after = well;
  for (let minute = 0; minute < count; minute++) after = withLook(after, runs, from + minute * 60_000);
  return after;
}

describe("what last ran well", () => {
  it("is what ran for ten minutes, and not what has just been put there", () => {
    const well = looks(looks(neverRanWell, one, start, 60), two, start + 3_600_000, 3);
    expect(lastGood(well)).toMatchObject({ image: "hermes:1", from: start });
    expect(wayBack(well, two, "prod")).toContain(
      "Another image ran well (Hermes 0.22.2) from 2026-11-21 12:00 UTC to 2026-11-21 12:55 UTC: ./talaria rollback --stack prod",
    );
  });

  it("names the configuration where only that has changed", () => {
    const well = looks(neverRanWell, one, start, 60);
    expect(wayBack(well, { image: "hermes:1", declaration: "d2" }, "prod")).toContain(
      "last change of its configuration",
    );
    expect(wayBack(well, one, "prod")).toContain("The same image and declaration ran well");
  });

  it("is nothing for a bot that never did", () => {
    expect(wayBack(looks(neverRanWell, one, start, 5), two, "prod")).toBeUndefined();
  });

  it("is written down every few minutes only", () => {
    const well = looks(neverRanWell, one, start, 3);
    expect(withLook(well, one, start + 240_000)).toBe(well);
  });
});
