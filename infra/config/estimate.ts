/** The fields of the key `estimate`: what the monthly estimate goes by. */
import { z } from "zod";
import { usualUse } from "../../worker/cost/estimate.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const estimateMeaning =
  "What the estimate of a month's bill goes by, which `pulumi preview` prints: `hoursPerDay` in which somebody, or a job, uses the bot, in so many `stretches`; after each it stays awake for `sleepAfter`.";

const number = (most: number, what: string) =>
  z.union([z.string(), z.number()], { error: `is not ${what}` }).transform((value, context) => {
    const found = Number(value);
    if (value !== "" && found >= 0 && found <= most) return found;
    context.addIssue(`is not ${what}`);
    return z.NEVER;
  });

export const estimateFields = z
  .strictObject({
    hoursPerDay: number(24, "a number of hours from 0 to 24").default(usualUse.hoursPerDay),
    stretches: number(96, "a number of stretches from 0 to 96").default(usualUse.stretches),
  })
  .prefault({});
