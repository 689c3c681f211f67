/** `talaria cost`: what models have cost, and what Cloudflare would charge. */

import { short } from "../amounts.ts";
import type { Context } from "../context.ts";
import { costSchema, type Estimate, estimateSchema } from "../cost/costApi.ts";
import { costText } from "../cost/costText.ts";
import { CliError } from "../problems.ts";
import { table } from "../tables.ts";
import { duration } from "../times.ts";

/** Options of `cost`. */
export interface CostOptions {
  /** Such as 2026-11; this one when left out. */
  readonly month?: string;
}

/** Options of `cost estimate`. */
export interface EstimateOptions {
  readonly hoursPerDay?: number;
  readonly stretches?: number;
  /** Seconds. */
  readonly sleepAfter?: number | "never";
  /** A name, or `1x4x8`. */
  readonly sizeHermes?: string;
  readonly sizeExec?: string;
  readonly sizeCare?: string;
  /** Of the command above this one, which an estimate has nothing of. */
  readonly month?: string;
}

/** Prints what a month has cost. */
export async function cost({ output, client }: Context, { month }: CostOptions): Promise<void> {
  const path = month === undefined ? "/api/cost" : `/api/cost?month=${month}`;
  const { value, raw } = await (await client()).api({ method: "GET", path }, costSchema);
  output.result(raw, () => costText(value));
}

/** Prints what Cloudflare would charge for a month of the bot. */
export async function costEstimate({ output, client }: Context, options: EstimateOptions): Promise<void> {
  const { hoursPerDay, stretches, sleepAfter: sleepAfterSeconds, sizeHermes, sizeExec, sizeCare, month } = options;
  if (month !== undefined) throw wrongEstimate("An estimate is of any month of 30 days; --month is for `cost`.");
  const asked = { hoursPerDay, stretches, sleepAfterSeconds, sizeHermes, sizeExec, sizeCare };
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)])));
  const call = { method: "GET", path: `/api/cost/estimate?${query}` } as const;
  const { value, raw } = await (await client()).api(call, estimateSchema).catch((error: unknown) => {
    if (!(error instanceof CliError) || error.code !== "badRequest") throw error;
    throw wrongEstimate(
      error.message.replace(/\bsize(Hermes|Exec|Care)\b/g, (_all, of) => `--size-${of.toLowerCase()}`),
    );
  });
  const isDeaf =
    value.sizes === undefined && [sleepAfterSeconds, sizeHermes, sizeExec, sizeCare].some((one) => one !== undefined);
  if (isDeaf) throw new CliError("noWhatIf");
  output.result(raw, () => estimateText(value, sleepAfterSeconds));
}

function wrongEstimate(detail: string): CliError {
  return new CliError("usage", { command: "cost estimate ", detail });
}

/** The human view of an estimate. `asked`: the sleepAfter that it was to be for. */
export function estimateText(estimate: Estimate, asked?: EstimateOptions["sleepAfter"]): string {
  const { bill, hoursPerDay, stretches, awakeHoursPerDay, sleepAfterSeconds, sizes, pricesAsOf } = estimate;
  const sleeps =
    sleepAfterSeconds === null
      ? `it never sleeps${typeof asked === "number" ? ": it has a chat platform" : ""}`
      : `${stretches} ${stretches === 1 ? "stretch" : "stretches"} and ${duration(sleepAfterSeconds * 1000)} of sleepAfter each`;
  const lines = bill.lines.filter((line) => line.dollars >= 0.005);
  const cells = lines.map(({ said, unit, amount, included, dollars: cost }) => [
    ...[said, `${short(amount)} ${unit}`, included > 0 ? `${short(included)} included` : "", `$${cost.toFixed(2)}`],
  ]);
  return [
    `used ${hoursPerDay} h a day, awake ${awakeHoursPerDay.toFixed(1)} h (${sleeps}): about $${bill.total.toFixed(2)} a month`,
    ...(sizes === undefined
      ? []
      : [
          `sizes: ${Object.entries(sizes)
            .map(([of, size]) => `${of} ${sizeText(size)}`)
            .join(" · ")}`,
        ]),
    table(["", "a month", "", ""], [...cells, ["Workers Paid plan", "", "", `$${bill.plan.toFixed(2)}`]]),
    `Cloudflare's prices of ${pricesAsOf}, what the plan includes taken for this bot alone. Model tokens come on top: ./talaria cost`,
  ].join("\n");
}

function sizeText(
  size: string | { readonly vcpu: number; readonly memoryGib: number; readonly diskGb: number },
): string {
  return typeof size === "string" ? size : `${size.vcpu} vCPU, ${size.memoryGib} GiB, ${size.diskGb} GB`;
}
