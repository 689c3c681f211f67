import { expect, it } from "vitest";
import { hoursFor } from "./vps.ts";

it("says from how many hours a day on a server of so many dollars is cheaper", () => {
  const hours = [5, 10, 24, 40].map((dollars) => hoursFor(dollars));
  expect(hours[0]).toBeLessThan(0.5);
  expect(hours[1]).toBeCloseTo(4, 0);
  expect(hours[2]).toBeGreaterThan(15);
  expect(hours[2]).toBeLessThan(17);
  expect(hours[3]).toBeUndefined();
});
