/** What a month has cost, for people: the sum, Cloudflare's part, the models', what could be set otherwise. */
import { nanosPerDollar } from "../money.ts";
import { plainText } from "../plainText.ts";
import { cloudflareLines } from "./cloudflareText.ts";
import type { Cost } from "./costApi.ts";
import { modelLines } from "./modelText.ts";

/** The whole view. */
export function costText(cost: Cost): string {
  const { cloudflare } = cost;
  return [
    sumLine(cost),
    "",
    ...cloudflareLines(cost),
    "",
    ...modelLines(cost),
    ...cloudflare.hints.flatMap(({ key, value, saves, why }) => [
      "",
      `${saves >= 0 ? `$${saves.toFixed(2)} a month less` : `for $${(-saves).toFixed(2)} a month more`}: ${plainText(why)}`,
      `    pulumi config set --path talaria:${plainText(key)} ${plainText(value)}`,
    ]),
  ].join("\n");
}

function sumLine({ month, total, projected, cloudflare, estimated }: Cost): string {
  // A month before the bot, or one to come, has cost nothing: not the plan's fee either.
  if (cloudflare.since === null && total.requests === 0)
    return `${month}: nothing was counted; talaria:estimate expects $${estimated.toFixed(2)} a month, models aside`;
  const soFar = cloudflare.soFar.total + total.nanos / nanosPerDollar;
  const whole =
    cloudflare.projected === null
      ? undefined
      : cloudflare.projected.total + (projected ?? total.nanos) / nanosPerDollar;
  const goesOn =
    whole === undefined || whole === soFar ? "" : `, $${whole.toFixed(2)} in the whole month if it goes on so`;
  return `${month}: $${soFar.toFixed(2)} so far${goesOn}; talaria:estimate expects $${estimated.toFixed(2)} a month, models aside`;
}
