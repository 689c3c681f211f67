/** Gets onto the machine what local stacks run with: Pulumi, its provider plugins, Hermes, and restic. */
import { ensureHermes, type Hermes } from "./hermes.ts";
import { ensurePlugins, type Plugins } from "./plugins.ts";
import type { Progress } from "./progress.ts";
import { ensurePulumi, type PulumiCli } from "./pulumiCli.ts";
import { ensureRestic, type Restic } from "./restic.ts";

export { ensureHermes, type Hermes, hermesVersions } from "./hermes.ts";
export { ensurePlugins, type Plugins } from "./plugins.ts";
export { ToolchainProblem } from "./problem.ts";
export type { Progress, ProgressEvent } from "./progress.ts";
export { ensurePulumi, type PulumiCli } from "./pulumiCli.ts";
export { ensureRestic, type Restic } from "./restic.ts";

export interface Toolchain {
  readonly pulumi: PulumiCli;
  readonly plugins: Plugins;
  readonly hermes: Hermes;
  readonly restic: Restic;
}

/** Everything at once. The builds and Hermes' install run side by side: they compute, it downloads. */
export async function ensureToolchain(options: {
  readonly progress: Progress;
  /** See `ensureHermes`. */
  readonly hermes?: string | undefined;
}): Promise<Toolchain> {
  const { progress, hermes: version } = options;
  const hermes = ensureHermes({ progress, ...(version !== undefined && { version }) });
  const [first, second] = await Promise.allSettled([built(options), hermes]);
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
  return { ...first.value, hermes: second.value };
}

/** One after the other: each build takes all processors. */
async function built(options: { readonly progress: Progress }) {
  const restic = await ensureRestic(options);
  const pulumi = await ensurePulumi(options);
  return { restic, pulumi, plugins: await ensurePlugins({ ...options, pulumi }) };
}
