/** Gets onto the machine what local stacks run with: Pulumi, its provider plugins, and Hermes. */
import { ensureHermes, type Hermes } from "./hermes.ts";
import { ensurePlugins, type Plugins } from "./plugins.ts";
import type { Progress } from "./progress.ts";
import { ensurePulumi, type PulumiCli } from "./pulumiCli.ts";

export { ensureHermes, type Hermes } from "./hermes.ts";
export { ensurePlugins, type Plugins } from "./plugins.ts";
export { ToolchainProblem } from "./problem.ts";
export type { Progress, ProgressEvent } from "./progress.ts";
export { ensurePulumi, type PulumiCli } from "./pulumiCli.ts";

export interface Toolchain {
  readonly pulumi: PulumiCli;
  readonly plugins: Plugins;
  readonly hermes: Hermes;
}

/** Everything at once. Pulumi's build and Hermes' install run side by side: one computes, the other downloads. */
export async function ensureToolchain(options: { readonly progress: Progress }): Promise<Toolchain> {
  const [first, second] = await Promise.allSettled([pulumiWithPlugins(options), ensureHermes(options)]);
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
  return { ...first.value, hermes: second.value };
}

async function pulumiWithPlugins(options: { readonly progress: Progress }) {
  const pulumi = await ensurePulumi(options);
  return { pulumi, plugins: await ensurePlugins({ ...options, pulumi }) };
}
