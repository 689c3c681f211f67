import * as z from "zod";
import { counted, planDollars, prices, type Usage } from "./prices.ts";

const [first = "memoryGibSeconds", ...others] = counted;

/** A month's bill, dearest line first. */
export const billSchema = z.object({
  lines: z.array(
    z.object({
      what: z.enum([first, ...others]),
      /** In a person's words. */
      said: z.string(),
      /** Of `amount` and `included`. */
      unit: z.string(),
      amount: z.number(),
      /** Of the amount, what the plan includes. */
      included: z.number(),
      dollars: z.number(),
    }),
  ),
  /** The plan's fee. */
  plan: z.number(),
  /** With the fee. */
  total: z.number(),
});
export type Bill = z.infer<typeof billSchema>;

/** What Cloudflare would ask for a month. The account's included amounts are taken for this bot's alone: a second bot has none left. */
export function billOf(usage: Usage, allowances: "included" | "used up" = "included"): Bill {
  const lines = counted.map((what) => {
    const { said, unit, per, included: most, dollars } = prices[what];
    const amount = usage[what];
    const included = allowances === "included" ? Math.min(amount, most) : 0;
    return { what, said, unit, amount: amount / per, included: included / per, dollars: (amount - included) * dollars };
  });
  const total = lines.reduce((sum, line) => sum + line.dollars, planDollars);
  return { lines: lines.toSorted((a, b) => b.dollars - a.dollars), plan: planDollars, total };
}
