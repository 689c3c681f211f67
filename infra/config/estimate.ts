/** The fields of the key `estimate`: what the monthly estimate goes by. */
import { z } from "zod";
import { usualUse } from "../../worker/cost/estimate.ts";
import { amount } from "./values.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const estimateMeaning =
  "What the estimate of a month's bill goes by, which `pulumi preview` prints: `hoursPerDay` in which somebody, or a job, uses the bot, in so many `stretches`; after each it stays awake for `sleepAfter`.";

const upTo = (most: number, unit: string) =>
  amount(`is not a number of ${unit} from 0 to ${most}`, (number) => number >= 0 && number <= most);

export const estimateFields = z
  .strictObject({
    hoursPerDay: upTo(24, "hours").default(usualUse.hoursPerDay),
    stretches: upTo(96, "stretches").default(usualUse.stretches),
  })
  .prefault({});
