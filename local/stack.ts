/** Deploys the stack `local` and talks to its bot, as a user would: through Pulumi, the outputs and `./talaria`. */
import path from "node:path";
import { z } from "zod";
import type { Display } from "./display.ts";
import { checkout } from "./paths.ts";
import type { Toolchain } from "./toolchain/index.ts";
import { ToolchainProblem, tail } from "./toolchain/problem.ts";
import { step } from "./toolchain/progress.ts";
import { run } from "./toolchain/run.ts";
import { runPulumi } from "./toolchain/runPulumi.ts";

export const localStack = "local";

const serviceTokenSchema = z.object({ clientId: z.string(), clientSecret: z.string() });
const outputsSchema = z.looseObject({
  url: z.string(),
  adminToken: z.string(),
  clientToken: z.string(),
  accessServiceToken: serviceTokenSchema.nullish(),
});
export type Outputs = z.infer<typeof outputsSchema>;

/** `pulumi up`, its output line by line. */
export async function deploy(toolchain: Toolchain, display: Display): Promise<Outputs> {
  return step(display.progress, "pulumi up", async () => {
    const onLine = (line: string) => saysNews(line) && display.quoted(line.trimEnd());
    const args = ["up", "--yes", "--skip-preview", "--color", "never", "--suppress-outputs"];
    const result = await runPulumi(localStack, args, { output: "capture", onLine, toolchain });
    if (result.code !== 0) {
      throw new ToolchainProblem(
        "pulumi up failed.",
        [],
        ["Pulumi's own words stand above", "npm run local -- --fresh"],
      );
    }
    const outputs = await readOutputs(toolchain);
    return { value: outputs, summary: `the bot's Worker answers at ${outputs.url}` };
  });
}

/** Pulumi's dots, the begin of each quick step and the plugins' place on PATH (told above) are left out. */
function saysNews(line: string): boolean {
  return line.trim() !== "" && !/^@ updating|ing \(0s\)\s*$|using pulumi-resource-\w+ from \$PATH/.test(line);
}

/** What the last `pulumi up` put out. @throws ToolchainProblem where there was none */
export function deployedOutputs(): Promise<Outputs> {
  return readOutputs();
}

async function readOutputs(toolchain?: Toolchain): Promise<Outputs> {
  const args = ["stack", "output", "--json", "--show-secrets"];
  const options = { output: "capture", ...(toolchain && { toolchain }) } as const;
  const { code, stdout, stderr } = await runPulumi(localStack, args, options);
  if (code !== 0) throw new ToolchainProblem("The stack's outputs could not be read.", [tail(stderr)], []);
  return outputsSchema.parse(JSON.parse(stdout));
}

/** `./talaria …` against the bot. @throws ToolchainProblem with the command's own words */
export async function talaria(outputs: Outputs, words: readonly string[], onLine?: (line: string) => void) {
  const env = {
    ...process.env,
    TALARIA_URL: outputs.url,
    TALARIA_ADMIN_TOKEN: outputs.adminToken,
    TALARIA_CLIENT_TOKEN: outputs.clientToken,
    ...(outputs.accessServiceToken && {
      TALARIA_ACCESS_CLIENT_ID: outputs.accessServiceToken.clientId,
      TALARIA_ACCESS_CLIENT_SECRET: outputs.accessServiceToken.clientSecret,
    }),
  };
  const result = await run(path.join(checkout, "talaria"), words, { env, ...(onLine && { onLine }) });
  if (result.code === 0) return result.stdout.trim();
  throw new ToolchainProblem(`./talaria ${words.join(" ")} failed.`, [tail(result.stderr)], ["./talaria logs"]);
}
