/** The fields of the key `exec`: where and within which limits the agent's commands run. */
import { z } from "zod";
import { type ExecPolicy, isolations } from "../../worker/declarationSchema.ts";
import { hostPatterns, network } from "./network.ts";
import { choice, count, onOff } from "./values.ts";

/** What each field means, for the README's table and `Pulumi.yaml`. */
export const execMeaning = [
  "The agent's commands. `isolation`: `session`, a sandbox for each session; `shared`, one for all; `command`, a fresh one for each command.",
  "`parallel`: sandboxes at once. `spare`: sandboxes kept ready while commands come.",
  "`network`: what commands reach, `none`, `allowlist` or `internet`. `hosts`: the list, such as `pypi.org` or `*.pythonhosted.org`.",
  "`persist`: whether workspaces outlive their sandbox. `idleMinutes`: a session's sandbox without a command goes after so long. `deadlineMinutes`: the longest that a command may run.",
  "Limits: `commandsPerMinute`, `boxMinutesPerDay` (time of all sandboxes), `commandKilobytes`, `outputMegabytes` (head and tail of what a command wrote), `workspaceMegabytes` (packed).",
  "`keepWorkspaces`: copies of a workspace that stay. `workspaceDays`: days without a command until they go. `auditDays`: days that `./talaria audit` looks back.",
].join(" ");

export const execFields = z
  .strictObject({
    isolation: choice(isolations).default("session"),
    parallel: count(100).default(4),
    spare: z.int({ error: "is not a whole number" }).min(0).max(100).default(1),
    network,
    hosts: hostPatterns,
    persist: onOff.default(true),
    idleMinutes: count(1440).default(10),
    deadlineMinutes: count(1440).default(60),
    commandsPerMinute: count(10_000).default(240),
    boxMinutesPerDay: count(200_000).default(1440),
    commandKilobytes: count(16_384).default(16_384),
    outputMegabytes: count(64).default(16),
    workspaceMegabytes: count(4_096).default(512),
    keepWorkspaces: count(20).default(3),
    workspaceDays: count(3_650).default(30),
    auditDays: count(365).default(30),
  } satisfies Record<keyof ExecPolicy, z.ZodType>)
  .refine(({ isolation, parallel }) => isolation !== "command" || parallel >= 2, {
    path: ["parallel"],
    error: "is below 2, which the isolation `command` needs: a session's sandbox and a command's",
  })
  .prefault({});
