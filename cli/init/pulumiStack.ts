/** Makes the stack in Pulumi's backend, and gives it its secrets. */
import type { Output } from "../output.ts";
import { CliError } from "../problems.ts";
import { lastLines, runPulumi } from "../pulumi.ts";
import { askHidden } from "../slackSetup/questions.ts";

/** Pulumi's words where it lacks the passphrase that encrypts a stack's secrets. */
const lacksPassphrase = /PULUMI_CONFIG_PASSPHRASE/;

/** Makes the stack unless it is there. At a terminal it asks for the passphrase, where the stack is to have one and none is set. */
export async function ensureStack(
  stack: string,
  {
    secretsProvider,
    asks,
    output,
  }: { readonly secretsProvider: string | undefined; readonly asks: boolean; readonly output: Output },
): Promise<void> {
  const words = [
    "stack",
    "init",
    stack,
    "--no-select",
    ...(secretsProvider === undefined ? [] : ["--secrets-provider", secretsProvider]),
  ];
  output.waiting(`making stack ${stack} …`);
  let run = await runPulumi(words);
  if (run.code !== 0 && lacksPassphrase.test(run.stderr) && asks) {
    output.endWaiting();
    await askPassphrase(output);
    run = await runPulumi(words);
  }
  output.endWaiting();
  if (run.code === 0 || /already exists/i.test(run.stderr)) return;
  const detail = lastLines(run.stderr);
  if (lacksPassphrase.test(detail)) throw new CliError("initPassphrase");
  if (/login|PULUMI_ACCESS_TOKEN/i.test(detail)) throw new CliError("initNoLogin", { detail });
  throw new CliError("initNoStack", { stack, detail });
}

/** Children of this process find it in their environment; it is kept nowhere. */
async function askPassphrase(output: Output): Promise<void> {
  output.note(
    "\nSecrets of this stack are encrypted by a passphrase. Choose one, and keep it: each later command needs it.",
  );
  for (;;) {
    const first = await askHidden("   Passphrase (it is not shown): ");
    const again = first === "" ? "" : await askHidden("   Once more: ");
    if (first !== "" && first === again) {
      process.env.PULUMI_CONFIG_PASSPHRASE = first;
      output.note(
        "   Later commands take it from the environment: export PULUMI_CONFIG_PASSPHRASE=…, or PULUMI_CONFIG_PASSPHRASE_FILE.",
      );
      return;
    }
    output.note(first === "" ? "   It is empty." : "   The two differ.");
  }
}

/** Encrypts secrets into the stack's file: each value by stdin, so that no command line and no log has it. */
export async function setSecrets(
  stack: string,
  values: readonly { readonly key: string; readonly value: string; readonly isField?: boolean }[],
  output: Output,
): Promise<void> {
  for (const [at, { key, value, isField = false }] of values.entries()) {
    output.waiting(`encrypting ${key} (${at + 1} of ${values.length}) …`);
    const words = ["config", "set", "--secret", ...(isField ? ["--path"] : []), key, "--stack", stack];
    const run = await runPulumi(words, { input: value });
    output.endWaiting();
    if (run.code !== 0) throw new CliError("configNotSet", { stack, key, detail: lastLines(run.stderr) });
  }
}
