/** `talaria cap`: the spending cap, until its period is over; for good it stands in the stack's `talaria:spend`. */
import type { Context } from "../context.ts";
import { type Cost, costSchema } from "../costApi.ts";
import { plainText } from "../plainText.ts";
import { CliError } from "../problems.ts";
import { standingLines } from "./cost.ts";

/** Options of `cap raise`: dollars. */
export interface RaiseOptions {
  readonly day?: number;
  readonly month?: number;
  readonly session?: number;
}

/** Prints what holds. */
export async function cap({ output, client }: Context): Promise<void> {
  const { value, raw } = await (await client()).api({ method: "GET", path: "/api/cost" }, costSchema);
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
  for (const [scope, dollars] of wanted) await order(context, { action: "raise", scope, dollars: Number(dollars) });
}

/** Pauses, or resumes, all requests to models. */
export async function capSwitch(context: Context, action: "pause" | "resume"): Promise<void> {
  await order(context, { action });
}

async function order({ output, client }: Context, body: object): Promise<void> {
  const call = { method: "POST", path: "/api/cap", body } as const;
  const { value, raw } = await (await client()).api(call, costSchema);
  output.result(raw, () => standingText(value));
}

function standingText(cost: Cost): string {
  return standingLines(cost)
    .map((line) => plainText(line.trim()))
    .join("\n");
}
