/** `talaria cost`: what models have cost, and what Cloudflare would charge. */
import type { Context } from "../context.ts";
import { type Cost, costSchema, type Estimate, estimateSchema } from "../costApi.ts";
import { dollars } from "../money.ts";
import { plainText } from "../plainText.ts";
import { table } from "../tables.ts";

/** Options of `cost`. */
export interface CostOptions {
  /** Such as 2026-11; this one when left out. */
  readonly month?: string;
}

/** Options of `cost estimate`. */
export interface EstimateOptions {
  readonly hoursPerDay?: number;
  readonly stretches?: number;
}

/** Sessions that are listed. */
const mostSessions = 10;

/** Prints what models have cost in a month. */
export async function cost({ output, client }: Context, { month }: CostOptions): Promise<void> {
  const path = month === undefined ? "/api/cost" : `/api/cost?month=${month}`;
  const { value, raw } = await (await client()).api({ method: "GET", path }, costSchema);
  output.result(raw, () => costText(value, new Date()));
}

/** Prints what Cloudflare would charge for a month of the bot. */
export async function costEstimate({ output, client }: Context, options: EstimateOptions): Promise<void> {
  const given = Object.entries(options).filter(([name]) => name === "hoursPerDay" || name === "stretches");
  const query = new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
  const call = { method: "GET", path: `/api/cost/estimate?${query}` } as const;
  const { value, raw } = await (await client()).api(call, estimateSchema);
  output.result(raw, () => estimateText(value));
}

/** The human view. */
export function costText(cost: Cost, now: Date): string {
  const { month, total, byModel, bySession, unpriced, prices } = cost;
  const lines = [
    `models in ${month}: ${dollars(total.nanos)} for ${total.requests} requests${projection(cost, now)}`,
    ...(total.estimated > 0
      ? [`  of it ${dollars(total.estimated)} that no provider reported: counted with the most that it can be`]
      : []),
    ...standingLines(cost),
    ...rows("model", byModel),
    ...rows("session", bySession.slice(0, mostSessions)),
    ...(unpriced.length > 0
      ? ["", `no price is known of ${plainText(unpriced.join(", "))}: not counted (talaria:spend.prices)`]
      : []),
    "",
    `prices of models as of ${prices.asOf}; what Cloudflare charges beside it: ./talaria cost estimate`,
  ];
  return lines.join("\n");
}

/** What holds, in lines: the caps, what is under way, a pause. */
export function standingLines({ standing, sessionCap, reserved, paused }: Cost): string[] {
  const capped = standing.flatMap(({ scope, spent, cap }) => {
    if (cap === null) return [];
    const name = scope === "day" ? "today" : "this month";
    return [`  ${name}: ${dollars(spent)} of ${dollars(cap)} (${Math.floor((spent / cap) * 100)}%)`];
  });
  return [
    ...(paused ? ["  PAUSED: no model is asked; ./talaria cap resume lets requests through again"] : []),
    ...(capped.length > 0 ? capped : ["  no cap: talaria:spend.perDay, perMonth"]),
    ...(sessionCap === null ? [] : [`  a session: at most ${dollars(sessionCap)}`]),
    ...(reserved > 0 ? [`  under way: at most ${dollars(reserved)}`] : []),
  ];
}

/** Of the month that runs, after its first day: what it comes to if it goes on so. */
function projection({ month, total }: Cost, now: Date): string {
  if (month !== now.toISOString().slice(0, 7) || now.getUTCDate() === 1) return "";
  const days = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate();
  const passed = now.getUTCDate() - 1 + now.getUTCHours() / 24;
  return `; if it goes on so, ${dollars((total.nanos / passed) * days)} in the whole month`;
}

function rows(head: string, sums: Cost["byModel"]): string[] {
  if (sums.length === 0) return [];
  const cells = sums.map(({ name, nanos, requests, input, cacheRead, cacheWrite, output }) => [
    ...[plainText(name) || "(none)", dollars(nanos), String(requests)],
    ...[thousands(input), thousands(cacheRead), thousands(cacheWrite), thousands(output)],
  ]);
  return ["", table([head, "dollars", "requests", "in", "cached", "kept", "out (thousand tokens)"], cells)];
}

function thousands(tokens: number): string {
  return (tokens / 1000).toFixed(1);
}

/** The human view of an estimate. */
export function estimateText(estimate: Estimate): string {
  const { bill, hoursPerDay, stretches, awakeHoursPerDay, sleepAfterSeconds, pricesAsOf } = estimate;
  const sleeps =
    sleepAfterSeconds === null
      ? "it never sleeps"
      : `${stretches} ${stretches === 1 ? "stretch" : "stretches"} and ${(sleepAfterSeconds / 3600).toFixed(1)} h of sleepAfter each`;
  const lines = bill.lines.filter((line) => line.dollars >= 0.005);
  const cells = lines.map(({ said, unit, amount, included, dollars: cost }) => [
    ...[said, `${short(amount)} ${unit}`, included > 0 ? `${short(included)} included` : "", `$${cost.toFixed(2)}`],
  ]);
  return [
    `used ${hoursPerDay} h a day, awake ${awakeHoursPerDay.toFixed(1)} h (${sleeps}): about $${bill.total.toFixed(2)} a month`,
    table(["", "a month", "", ""], [...cells, ["Workers Paid plan", "", "", `$${bill.plan.toFixed(2)}`]]),
    `Cloudflare's prices of ${pricesAsOf}, what the plan includes taken for this bot alone. Model tokens come on top: ./talaria cost`,
  ].join("\n");
}

function short(amount: number): string {
  return amount >= 100 ? amount.toFixed(0) : amount.toPrecision(2);
}
