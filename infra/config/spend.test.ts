import { describe, expect, it } from "vitest";
import { spendSchema } from "../../worker/spend/limits.ts";
import { spendFields, spendPolicy } from "./spend.ts";

const policy = (value: unknown) => spendPolicy(spendFields.parse(value));
const messages = (value: unknown) =>
  spendFields.safeParse(value).error?.issues.map(({ path, message }) => `${path.join(".")} ${message}`);

describe("talaria:spend", () => {
  it("is nothing where nothing is declared", () => {
    expect(policy(undefined)).toBeUndefined();
    expect(policy({})).toBeUndefined();
  });

  it("is counted in nano-dollars, as Pulumi writes numbers and texts", () => {
    const declared = policy({ perDay: "5", perMonth: 49.99, prices: { "custom/m": { input: 0.5, output: "1.25" } } });
    expect(declared).toEqual({
      caps: { day: 5_000_000_000, month: 49_990_000_000 },
      prices: { "custom/m": { input: 500, output: 1_250 } },
      unknownPrice: "refuse",
    });
    expect(spendSchema.parse(declared)).toEqual(declared);
  });

  it("refuses models without a price only where there is a cap, unless it says so", () => {
    expect(policy({ prices: { "custom/m": { input: 1, output: 1 } } })?.unknownPrice).toBe("uncounted");
    expect(policy({ perDay: 1, unknownPrice: "uncounted" })?.unknownPrice).toBe("uncounted");
  });

  it("says what is wrong with an amount, a price or a name", () => {
    expect(messages({ perDay: 0, perMonth: "much", prices: { "custom/m": { input: -1, output: 1 } } })).toEqual([
      "perDay is not an amount of dollars above 0, at most 100000",
      "perMonth is not an amount of dollars above 0, at most 100000",
      "prices.custom/m.input is not a price in dollars per million tokens, from 0 to 10000",
    ]);
    const [issue] = spendFields.safeParse({ prices: { "gpt-5": { input: 1, output: 1 } } }).error?.issues ?? [];
    expect(JSON.stringify(issue)).toContain("is not a model as provider/model");
  });
});
