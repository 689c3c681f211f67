/** The outputs of a stack, read afresh from Pulumi each time. */
import { z } from "zod";
import type { ServiceToken } from "./access.ts";
import type { Output } from "./output.ts";
import { CliError } from "./problems.ts";
import { lastLines, runPulumi } from "./pulumi.ts";

const outputsSchema = z.looseObject({
  url: z.string().optional(),
  dashboardUrl: z.string().optional(),
  adminToken: z.string().optional(),
  clientToken: z.string().optional(),
  accessServiceToken: z.object({ clientId: z.string(), clientSecret: z.string() }).nullish(),
});

/** What the command line needs of a deployed stack. */
export interface StackOutputs {
  readonly url: string;
  /** Undefined for a stack that was deployed before there was one. */
  readonly dashboardUrl: string | undefined;
  readonly adminToken: string;
  readonly clientToken: string;
  /** Passes Cloudflare Access, where the stack put that before the bot. */
  readonly accessServiceToken: ServiceToken | undefined;
}

/** Reads them, or says what to deploy first. */
export async function readStackOutputs(stack: string, output: Output): Promise<StackOutputs> {
  const outputs = outputsSchema.safeParse(await readOutputs(stack, output));
  if (!outputs.success) throw notAList(stack);
  const { url, dashboardUrl, adminToken, clientToken, accessServiceToken } = outputs.data;
  const missing = (name: string) => new CliError("notDeployed", { stack, output: name, deploy: howToDeploy(stack) });
  if (url === undefined) throw missing("url");
  if (adminToken === undefined) throw missing("adminToken");
  if (clientToken === undefined) throw missing("clientToken");
  return { url, dashboardUrl, adminToken, clientToken, accessServiceToken: accessServiceToken ?? undefined };
}

/** All outputs of a stack, secrets in the clear; none when it is destroyed. */
export async function readOutputs(stack: string, output: Output): Promise<Readonly<Record<string, unknown>>> {
  const slow = setTimeout(() => output.waiting(`reading the outputs of stack ${stack} …`), 3000);
  const run = await runPulumi(["stack", "output", "--json", "--show-secrets", "--stack", stack]).finally(() =>
    clearTimeout(slow),
  );
  output.endWaiting();
  if (run.code !== 0) {
    if (/no stack named|no previous deployment/i.test(run.stderr))
      throw new CliError("noStack", { stack, deploy: howToDeploy(stack) });
    throw new CliError("stackUnreadable", { stack, detail: lastLines(run.stderr) || `Pulumi ended with ${run.code}` });
  }
  const outputs = z.record(z.string(), z.unknown()).safeParse(parseJson(run.stdout));
  if (!outputs.success) throw notAList(stack);
  return outputs.data;
}

/** A secret of the stack's configuration, which outlives its outputs. @throws CliError when it cannot be decrypted here */
export async function readConfig(stack: string, key: string): Promise<string> {
  const run = await runPulumi(["config", "get", key, "--stack", stack]);
  if (run.code !== 0) throw new CliError("configUnreadable", { stack, key, detail: lastLines(run.stderr) });
  return run.stdout.replace(/\r?\n$/, "");
}

function notAList(stack: string): CliError {
  return new CliError("stackUnreadable", { stack, detail: "Pulumi's answer is not a list of outputs." });
}

/** The line that brings a stack up. */
export function howToDeploy(stack: string): string {
  return stack === "local"
    ? "Start it with `npm run local`."
    : `Deploy it with \`npm run pulumi -- up --stack ${stack}\`.`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not the outputs: the schema says so
  }
}
