/** What Pulumi costs: a preview without change against an empty program, a small `up` against wrangler. */
import path from "node:path";
import { z } from "zod";
import { CheckoutCopy } from "../e2e/checkoutCopy.ts";
import { mustPass } from "../e2e/commands.ts";
import type { LocalSystem } from "../e2e/harness.ts";
import { run } from "../local/toolchain/run.ts";
import { emptyStack, makeEmptyProgram } from "./emptyProgram.ts";
import { interleave, timed } from "./rounds.ts";
import { median } from "./statistics.ts";
import { duration, printTable, ratio } from "./table.ts";
import { withLocal } from "./withLocal.ts";
import { writeWranglerProject } from "./wranglerProject.ts";

const previewRounds = 5;
const deployRounds = 5;
/** Beside `local`, and never woken: `up` has no bot to wait for, as wrangler has none. */
const stack = "local-bench";

const previewSchema = z.object({ duration: z.number(), changeSummary: z.record(z.string(), z.number()) });
const outputsSchema = z.looseObject({ names: z.looseObject({ bucket: z.string() }) });

export function preview(): Promise<void> {
  return withLocal(async (local) => {
    const copy = await CheckoutCopy.make(path.join(local.stateDir, "checkout"));
    const empty = path.join(local.stateDir, "empty");
    await makeEmptyProgram(empty);
    await local.api("/api/stop", { method: "POST" }); // its Hermes would compute beside
    await npm(local, copy.folder, ["run", "pulumi", "--", "up", "--yes", "--skip-preview", "--stack", stack]);
    await npm(local, empty, ["run", "pulumi", "--", "up", "--yes", "--skip-preview"]);
    await previews(local, copy.folder, empty);
    await deployments(local, copy);
  });
}

async function previews(local: LocalSystem, ours: string, empty: string): Promise<void> {
  const samples = await interleave(previewRounds, {
    ours: () => onePreview(local, ours, ["--stack", stack]),
    unrefreshed: () => onePreview(local, ours, ["--stack", stack, "--refresh=false"]),
    empty: () => onePreview(local, empty, ["--stack", emptyStack]),
  });
  const row = (title: string, part: "engine" | "whole") => {
    const of = (name: keyof typeof samples) => median(samples[name].map((one) => one[part]));
    const [a, b, c] = [of("ours"), of("unrefreshed"), of("empty")];
    return [title, duration(a), duration(b), duration(c), ratio(a, c)];
  };
  printTable(`preview: nothing changed, ${samples.ours[0]?.resources} resources, medians of ${previewRounds} rounds`, [
    ["", "Talaria", "without refresh", "empty program", "ratio"],
    row("engine", "engine"),
    row("whole command", "whole"),
  ]);
}

/** `npm run pulumi -- preview`; the engine's own time is what `--json` reports. @throws Error when something would change */
async function onePreview(local: LocalSystem, folder: string, flags: readonly string[]) {
  const began = performance.now();
  const args = ["run", "--silent", "pulumi", "--", "preview", "--json", "--expect-no-changes", ...flags];
  const { stdout } = await npm(local, folder, args);
  const whole = performance.now() - began;
  const shown = previewSchema.parse(JSON.parse(stdout));
  return { whole, engine: shown.duration / 1e6, resources: shown.changeSummary.same ?? 0 };
}

async function deployments(local: LocalSystem, copy: CheckoutCopy): Promise<void> {
  const { bucket } = outputsSchema.parse(await local.commands.outputs(stack)).names;
  const project = { folder: copy.folder, name: "bench-wrangler", accountId: local.accountId, bucket };
  const config = await writeWranglerProject(project);
  let edits = 0;
  const edit = () => copy.setLastLine("worker/index.ts", `Object.assign(globalThis, { edit: ${++edits} });`);
  const up = () => npm(local, copy.folder, ["run", "pulumi", "--", "up", "--yes", "--skip-preview", "--stack", stack]);
  const wrangler = () => npm(local, copy.folder, ["exec", "--", "wrangler", "deploy", "--config", config]);
  const after = (deploy: () => Promise<unknown>) => async () => {
    await edit();
    return timed(deploy);
  };
  await interleave(1, { wrangler: after(wrangler), up: after(up) }); // the first time, wrangler creates everything
  const samples = await interleave(deployRounds, { up: after(up), wrangler: after(wrangler) });
  const [a, b] = [median(samples.up), median(samples.wrangler)];
  printTable(`up: one line of the Worker changed, medians of ${deployRounds} rounds`, [
    ["", "pulumi up", "wrangler deploy", "ratio"],
    ["whole command", duration(a), duration(b), ratio(a, b)],
  ]);
}

/** `npm …` in a folder, against the system's Cloudflare. @throws Error with what it printed */
async function npm(local: LocalSystem, cwd: string, args: readonly string[]) {
  const env = {
    ...local.commands.env,
    PATH: `${path.join(cwd, "node_modules", ".bin")}${path.delimiter}${local.commands.env.PATH ?? ""}`,
    CLOUDFLARE_API_BASE_URL: local.apiUrl,
    CLOUDFLARE_API_TOKEN: local.apiToken,
    CLOUDFLARE_ACCOUNT_ID: local.accountId,
    WRANGLER_SEND_METRICS: "false",
    XDG_CONFIG_HOME: path.join(local.stateDir, "config"), // where wrangler keeps its logs
    CI: "1",
  };
  const result = await run("npm", args, { cwd, env });
  return mustPass({ ...result, output: result.stdout + result.stderr });
}
