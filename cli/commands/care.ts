/** `talaria drill` and `talaria care`: proves that the memory can be restored; tidies the repository. */

import type { Context } from "../context.ts";
import { short } from "../describing.ts";
import { followed } from "../follow.ts";
import { careSchema, drillSchema } from "../memoryApi.ts";
import { CliError } from "../problems.ts";
import { count, size } from "../sizes.ts";
import { duration } from "../times.ts";

/** Restores the newest promoted snapshot into an empty container and reads it. A drill that fails is an error. */
export async function drill({ output, client }: Context): Promise<void> {
  const bot = await client();
  const call = { method: "POST", path: "/api/drill" } as const;
  const { run, result, ms } = await followed(bot, output, "restoring into an empty container", call, drillSchema);
  const { outcome, snapshot, tree, sessions, memories, problem } = result;
  if (outcome !== "passed") throw new CliError("drillFailed", { detail: problem?.message ?? outcome }, problem?.code);
  const held = [
    ...(tree ? [`${tree.files} files, ${size(tree.bytes)}`, count(tree.databases ?? 0, "database")] : []),
    count(sessions ?? 0, "session"),
    count(memories ?? 0, "memory"),
  ];
  output.result(run, () => `${short(snapshot)} is whole (${duration(ms)}): ${held.join(", ")}`);
}

/** Forgets what the policy says, prunes, checks. */
export async function care({ output, client }: Context): Promise<void> {
  const bot = await client();
  const call = { method: "POST", path: "/api/care" } as const;
  const { run, result, ms } = await followed(bot, output, "tidying the repository", call, careSchema);
  const { outcome, kept, forgotten, freedBytes, problem } = result;
  if (outcome !== "tidied") throw new CliError("careFailed", { detail: problem?.message ?? outcome }, problem?.code);
  const told = `${count(kept ?? 0, "snapshot")} kept, ${forgotten ?? 0} forgotten, ${size(freedBytes)} freed`;
  output.result(run, () => `tidied and checked in ${duration(ms)}: ${told}`);
}
