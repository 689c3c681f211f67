/** Long work in the bot: begun by one request, asked for by others until it has ended. */
import { setTimeout as sleep } from "node:timers/promises";
import type { z } from "zod";
import type { Call, Client } from "./client.ts";
import { type Begun, begunSchema, type Run, runSchema } from "./memoryApi.ts";
import type { Output } from "./output.ts";
import { CliError } from "./problems.ts";

/** Between two questions, milliseconds: short at first, for what is done at once. */
const pauses = [150, 250, 500, 1000] as const;
/** From then on a person is told how far it is. */
const quietMs = 2000;

/** A run that has ended, what its begin was answered with, and how long it took, milliseconds. */
export interface Followed<T> {
  readonly begun: Begun;
  readonly run: Run;
  readonly result: T;
  readonly ms: number;
}

/** Begins something and follows it to its end. `doing` says what, as in "saving the memory". */
export async function followed<T>(
  bot: Client,
  output: Output,
  doing: string,
  call: Omit<Call, "token">,
  result: z.ZodType<T>,
  /** Told how far it is after each question; the next one waits for it. */
  watched?: (run: Run) => Promise<void>,
): Promise<Followed<T>> {
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let known: Run | undefined;
  const ticker = setInterval(() => {
    if (elapsed() >= quietMs) output.waiting(`${doing} … ${Math.round(elapsed() / 1000)} s${stepOf(known)}`);
  }, 1000);
  try {
    const begun = (await bot.api({ ...call }, begunSchema)).value;
    for (let asked = 0; ; asked++) {
      await sleep(pauses[Math.min(asked, pauses.length - 1)]);
      const path = `/api/runs/${encodeURIComponent(begun.run)}`;
      known = (await bot.api({ method: "GET", path }, runSchema)).value;
      await watched?.(known);
      if (known.state === "ended") return { begun, run: known, result: resultOf(known, doing, result), ms: elapsed() };
    }
  } finally {
    clearInterval(ticker);
    output.endWaiting();
  }
}

function resultOf<T>(run: Run, doing: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(run.result ?? undefined);
  if (parsed.success) return parsed.data;
  throw new CliError("runDied", { doing, run: run.run, detail: run.died ?? "its result is not what was expected" });
}

function stepOf(run: Run | undefined): string {
  const { step, percent_done: done } = run?.progress ?? {};
  if (!step) return "";
  return `, ${step}${done === null || done === undefined ? "" : ` ${Math.round(done * 100)} %`}`;
}
