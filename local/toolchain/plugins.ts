/** Provider plugins of local stacks: the real ones where Pulumi can download them, else the stand-ins of `local/plugins`. */
import path from "node:path";
import { z } from "zod";
import { cacheDir, checkout } from "../paths.ts";
import { fetchBytes } from "./download.ts";
import { readIfThere, writeWhole } from "./folder.ts";
import { withLock } from "./lock.ts";
import * as pins from "./pins.ts";
import { ToolchainProblem, tail } from "./problem.ts";
import { type Progress, step, type Tell } from "./progress.ts";
import type { PulumiCli } from "./pulumiCli.ts";
import { isProgram, run } from "./run.ts";
import type { Outcome } from "./sources.ts";

/** Which plugins a local stack runs with. */
export interface Plugins {
  readonly kind: "real" | "stand-ins";
  /** Folder to put into PATH before all others; only stand-ins have one. */
  readonly bin?: string;
}

export interface EnsurePluginsOptions {
  readonly progress: Progress;
  readonly pulumi: PulumiCli;
  /** Where the decision is remembered. @default a file of the user's cache */
  readonly memory?: string;
  /** @default local/plugins/bin */
  readonly standIns?: string;
  /** Replaces Pulumi's download, for tests. */
  readonly install?: (pulumi: PulumiCli, tell: Tell) => Promise<Outcome<"installed">>;
}

const decisionSchema = z.object({
  kind: z.enum(["real", "stand-ins"]),
  why: z.string(),
  versions: z.record(z.string(), z.string()),
});
type Decision = z.infer<typeof decisionSchema>;

/** Decides once for this machine and these versions; remove the file that the summary names to decide again. */
export async function ensurePlugins(options: EnsurePluginsOptions): Promise<Plugins> {
  const { progress, pulumi, memory = path.join(cacheDir, "pulumi", "provider-plugins.json") } = options;
  const standIns = options.standIns ?? path.join(checkout, "local", "plugins", "bin");
  return step<Plugins>(progress, "Provider plugins", async (tell) => {
    const decision =
      (await recall(memory, pulumi)) ?? (await withLock(`${memory}.lock`, () => decide(memory, options, tell)));
    if (decision.kind === "real") return { value: { kind: "real" }, summary: `real ones (${decision.why})` };
    demandStandIns(standIns);
    const names = Object.keys(pins.plugins).join(", ");
    const summary = `stand-ins for ${names}: Pulumi's plugin downloads are ${decision.why}; remove ${memory} to try again`;
    return { value: { kind: "stand-ins", bin: standIns }, summary };
  });
}

async function decide(memory: string, options: EnsurePluginsOptions, tell: Tell): Promise<Decision> {
  const meanwhile = await recall(memory, options.pulumi);
  if (meanwhile !== undefined) return meanwhile;
  const outcome = await (options.install ?? installPlugins)(options.pulumi, tell);
  const versions = { ...pins.plugins };
  const decision: Decision =
    "have" in outcome
      ? { kind: "real", why: "Pulumi downloaded them", versions }
      : { kind: "stand-ins", why: outcome.lacking, versions };
  await writeWhole(memory, `${JSON.stringify(decision, undefined, 2)}\n`);
  return decision;
}

async function recall(memory: string, pulumi: PulumiCli): Promise<Decision | undefined> {
  const text = await readIfThere(memory);
  const parsed = text === undefined ? undefined : decisionSchema.safeParse(readJson(text)).data;
  if (parsed === undefined || JSON.stringify(parsed.versions) !== JSON.stringify(pins.plugins)) return undefined;
  const present = Object.entries(pins.plugins).every(([name, version]) => isProgram(pluginFile(pulumi, name, version)));
  return parsed.kind === "stand-ins" || present ? parsed : undefined;
}

function pluginFile(pulumi: PulumiCli, name: string, version: string): string {
  return path.join(pulumi.home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
}

/** Pulumi's own installer retries for minutes without a network, so the host is asked first. */
async function installPlugins(pulumi: PulumiCli, tell: Tell): Promise<Outcome<"installed">> {
  const reachable = await fetchBytes("https://get.pulumi.com/");
  if ("lacking" in reachable && reachable.lacking.startsWith("out of reach")) return reachable;
  const env = { ...process.env, PULUMI_HOME: pulumi.home, PULUMI_SKIP_UPDATE_CHECK: "true" };
  for (const [name, version] of Object.entries(pins.plugins)) {
    tell(`downloading ${name} ${version}`);
    const args = ["plugin", "install", "resource", name, version];
    const result = await run(path.join(pulumi.bin, "pulumi"), args, { env, timeoutMs: 10 * 60_000 });
    if (result.code !== 0)
      return { lacking: `failing (${name} ${version}: ${tail(result.stderr || result.stdout, 1)})` };
  }
  return { have: "installed" };
}

function demandStandIns(folder: string): void {
  const absent = Object.keys(pins.plugins).filter((name) => !isProgram(path.join(folder, `pulumi-resource-${name}`)));
  if (absent.length === 0) return;
  throw new ToolchainProblem(
    `The stand-in for ${absent.join(", ")} is not in ${folder}.`,
    [],
    ["git checkout -- local/plugins"],
  );
}

/** Damaged text counts as no decision. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
