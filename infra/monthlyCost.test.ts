import { describe, expect, it } from "vitest";
import { usualUse } from "../worker/cost/estimate.ts";
import { shapeOf, standardShape } from "../worker/cost/shape.ts";
import { botConfig } from "./config.ts";
import { monthlyCost, monthlyDollars } from "./monthlyCost.ts";
import { aSlack, aSource } from "./testing/source.ts";

describe("the monthly estimate of a stack", () => {
  it("is a sentence with the hours that it goes by", () => {
    expect(monthlyCost(botConfig(aSource({ estimate: { hoursPerDay: 4, stretches: 1 } })))).toMatch(
      /^Cloudflare would charge about \$1\d\.\d\d a month, if the bot is used 4 hours a day and so awake 8 hours: an estimate by its prices of 20\d\d-/,
    );
  });

  it("follows sizes, sleep and use", () => {
    const dollars = (values: Readonly<Record<string, unknown>>) => monthlyDollars(botConfig(aSource(values)));
    const standard = dollars({});
    expect(dollars({ sizes: { hermes: "basic" } })).toBeLessThan(standard);
    expect(dollars({ sleepAfter: "30m" })).toBeLessThan(standard);
    expect(dollars({ sleepAfter: "never" })).toBeGreaterThan(3 * standard - 5);
    expect(dollars(aSlack)).toBe(dollars({ sleepAfter: "never" }));
    expect(dollars({ estimate: { hoursPerDay: 0 } })).toBeLessThan(5.1);
  });

  it("goes, without configuration, by the shape and the use that the README's table calls usual", () => {
    const config = botConfig(aSource());
    expect(shapeOf(config)).toEqual(standardShape);
    expect(config.estimate).toEqual(usualUse);
  });
});
