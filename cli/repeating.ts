/** Requests that may be sent again, because they change nothing or are known by an offset: a Worker is away for seconds at each upload. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Output } from "./output.ts";
import { CliError } from "./problems.ts";

/** Between two attempts, milliseconds; the last one counts on. */
const pauses = [250, 500, 1000, 2000, 5000] as const;
/** How long it is tried in all, milliseconds. */
const patienceMs = 300_000;

/** Does it again while the bot is out of reach. @throws what the last attempt threw, and at once what trying cannot mend */
export async function repeatedly<T>(output: Output, act: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const until = Date.now() + patienceMs;
  for (let attempt = 0; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (signal?.aborted || !mayPass(error) || Date.now() > until) throw error;
      if (attempt === 2) output.note(`${error.message} Trying again …`);
      await sleep(pauses[Math.min(attempt, pauses.length - 1)], undefined, signal && { signal });
    }
  }
}

function mayPass(error: unknown): error is CliError {
  if (!(error instanceof CliError)) return false;
  const { status } = error;
  return status === undefined ? ["unreachable", "cutOff"].includes(error.code) : status >= 500 && status !== 501;
}
