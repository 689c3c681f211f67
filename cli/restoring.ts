/** What changes the memory in the bot, followed to its end: a restore, a fresh start. */
import type { Call, Client } from "./client.ts";
import { type Followed, followed } from "./follow.ts";
import { type Restored, restoredSchema } from "./memoryApi.ts";
import type { Output } from "./output.ts";
import { CliError } from "./problems.ts";

/** Begins it and waits; `failure` is the code where it was not done. @throws CliError of that code */
export async function restored(
  bot: Client,
  output: Output,
  doing: string,
  call: Omit<Call, "token">,
  failure: "notRestored" | "notFresh" | "stateNotBack" = "notRestored",
): Promise<Followed<Restored>> {
  const done = await followed(bot, output, doing, call, restoredSchema);
  const { outcome, problem } = done.result;
  if (outcome !== "done") throw new CliError(failure, { detail: problem ?? outcome });
  return done;
}
