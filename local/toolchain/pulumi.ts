/**
 * `npm run pulumi -- …`: Pulumi's CLI on this project's stacks.
 *
 * The stack is the one that the command line names (`--stack`), else PULUMI_STACK, else `local`. For `local` and
 * `local-<name>` it sets backend, passphrase, plugins and config file; every other stack is the user's own affair:
 * login, backend and secrets provider are his.
 */
import { ToolchainProblem } from "./problem.ts";
import type { ProgressEvent } from "./progress.ts";
import { runPulumi } from "./runPulumi.ts";
import { stackOf } from "./stackName.ts";

const args = process.argv.slice(2);
try {
  const { code } = await runPulumi(stackOf(args, process.env), args, { progress: report });
  process.exitCode = code;
} catch (error) {
  if (!(error instanceof ToolchainProblem)) throw error;
  process.stderr.write(`error: ${error.message}\n`);
  process.exitCode = 1;
}

/** Standard output belongs to Pulumi. What was found at once is not worth a line; that stand-ins are used always is. */
function report({ step, state, detail, elapsedMs }: ProgressEvent): void {
  const seconds = Math.round(elapsedMs / 1_000);
  if (state === "failed" || (seconds < 1 && !detail.startsWith("stand-ins"))) return;
  process.stderr.write(`${step}: ${detail}${seconds < 1 ? "" : ` (${seconds} s)`}\n`);
}
