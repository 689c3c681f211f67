/** `talaria cap`: the spending cap, until its period is over; for good it stands in the stack's `talaria:spend`. */
import type { Context } from "../context.ts";
import { type Standing, standingSchema } from "../cost/costApi.ts";
import { standingLines } from "../cost/standingText.ts";
import { plainText } from "../plainText.ts";
import { CliError } from "../problems.ts";

/** Options of `cap raise`: dollars. */
export interface RaiseOptions {
  readonly day?: number;
  readonly month?: number;
  readonly session?: number;
}

/** Prints what holds. */
export async function cap({ output, client }: Context): Promise<void> {
  const { value, raw } = await (await client()).api({ method: "GET", path: "/api/cost" }, standingSchema);
  output.result(raw, () => standingText(value));
}

/** Sets other caps until the day, or the month, is over. @throws CliError where none is named */
export async function capRaise(context: Context, options: RaiseOptions): Promise<void> {
  const wanted = Object.entries(options).filter(([scope]) => ["day", "month", "session"].includes(scope));
  if (wanted.length === 0)
    throw new CliError("usage", {
      command: "cap raise ",
      detail: "Which cap? Name --day, --month or --session, with dollars.",
    });
  const orders = wanted.map(([scope, dollars]) => ({ action: "raise", scope, dollars: Number(dollars) }));
  await give(context, orders);
}

/** Pauses, or resumes, all requests to models. */
export async function capSwitch(context: Context, action: "pause" | "resume"): Promise<void> {
  await give(context, [{ action }]);
}

/** One after the other; prints what holds after the last. */
async function give({ output, client }: Context, orders: readonly object[]): Promise<void> {
  const bot = await client();
  for (const [at, body] of orders.entries()) {
    const { value, raw } = await bot.api({ method: "POST", path: "/api/cap", body }, standingSchema);
    if (at === orders.length - 1) output.result(raw, () => standingText(value));
  }
}

function standingText(cost: Standing): string {
  return standingLines(cost)
    .map((line) => plainText(line.trim()))
    .join("\n");
}
