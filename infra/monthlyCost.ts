import { billOf } from "../worker/cost/bill.ts";
import { awakeHours, usageOf } from "../worker/cost/estimate.ts";
import { pricesAsOf } from "../worker/cost/prices.ts";
import { shapeOf } from "../worker/cost/shape.ts";
import type { BotConfig } from "./config.ts";

type Costly = Pick<BotConfig, "sizes" | "sleepAfterSeconds" | "chatPlatforms" | "snapshots" | "exec" | "estimate">;

/** Dollars that Cloudflare would charge for a month of this bot, used as `talaria:estimate` says. */
export function monthlyDollars(config: Costly): number {
  return billOf(usageOf(shapeOf(config), config.estimate)).total;
}

/** The same in a sentence, which each preview prints. */
export function monthlyCost(config: Costly): string {
  const { hoursPerDay } = config.estimate;
  const awake = awakeHours(shapeOf(config), config.estimate);
  const hours = (number: number) => `${Number(number.toFixed(1))} ${number === 1 ? "hour" : "hours"}`;
  return `Cloudflare would charge about $${monthlyDollars(config).toFixed(2)} a month, if the bot is used ${hours(hoursPerDay)} a day and so awake ${hours(awake)}: an estimate by its prices of ${pricesAsOf}, the Workers Paid plan included, model tokens not.`;
}
