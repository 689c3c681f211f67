import { describe, expect, it } from "vitest";
import { projection } from "./projection.ts";

const at = (text: string) => Date.parse(text);

describe("a projection of a month", () => {
  it("goes on as it went since the month began, or since counting did", () => {
    expect(projection("2026-11", "2026-08-03", at("2026-11-16T00:00:00Z"))).toBe(2);
    expect(projection("2026-11", "2026-11-11", at("2026-11-16T00:00:00Z"))).toBe(4);
  });

  it("says nothing of a month of which less than a day was counted", () => {
    expect(projection("2026-11", "2026-08-03", at("2026-11-01T23:00:00Z"))).toBeNull();
    expect(projection("2026-11", "2026-11-22", at("2026-11-22T20:00:00Z"))).toBeNull();
  });

  it("leaves a month that is over as it is", () => {
    expect(projection("2026-10", "2026-08-03", at("2026-11-22T20:00:00Z"))).toBe(1);
  });
});
