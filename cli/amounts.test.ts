import { describe, expect, it } from "vitest";
import { inUnits, short } from "./amounts.ts";

describe("an amount for people", () => {
  it.each([
    [0, "0.0"],
    [1e-7, "<0.01"],
    [0.334, "0.33"],
    [2, "2.0"],
    [45.6, "46"],
    [99.7, "100"],
    [425.2, "425"],
  ])("%d is told as %s, never with an exponent", (amount, text) => expect(short(amount)).toBe(text));

  it("is told in its unit, of less than a thousand by itself", () => {
    expect(inUnits(99.7, "GiB-hours")).toBe("100 GiB-hours");
    expect(inUnits(0.043, "thousand")).toBe("43");
    expect(inUnits(1.3, "million")).toBe("1.3 million");
  });
});
