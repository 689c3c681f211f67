/**
 * `npm run torture`: at least a thousand faults, none of which may cost a promoted snapshot. See README.md.
 *
 *     npm run torture -- [--count 1000] [--seed N] [--minutes M] [--lanes 2] [--state FILE] [--report FILE]
 *
 * The report is kept in the repository: a run of fewer than 1,000 faults writes it only where it is told to.
 */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { cacheDir, checkout } from "../../local/paths.ts";
import { sufferBatch } from "./lane.ts";
import { plan } from "./plan.ts";
import { reportText } from "./report.ts";
import { findTools } from "./stage.ts";
import { counted, openState, saveState } from "./state.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "1000" },
    seed: { type: "string" },
    minutes: { type: "string" },
    lanes: { type: "string", default: "2" },
    state: { type: "string", default: path.join(cacheDir, "torture", "state.json") },
    report: { type: "string" },
  },
});
const count = Number(values.count);
const until = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;
/** A tmpfs of a container's own needs root. */
const fullDisks = os.platform() === "linux" && process.getuid?.() === 0;

const state = openState(values.state, values.seed === undefined ? undefined : Number(values.seed), commit());
const done = new Set(state.results.map(({ batch, index }) => `${batch}/${index}`));
console.log(`seed ${state.seed}: repeat with \`npm run torture -- --seed ${state.seed}\`; state in ${values.state}`);
if (!fullDisks) console.log("skipped: full disks (a tmpfs for each container needs root on Linux)");

const tools = await findTools();
// Some faults miss their moment: there are more than enough planned.
const batches = plan(state.seed, count * 2, { fullDisks }).filter(({ number, faults }) =>
  faults.some((_, index) => !done.has(`${number}/${index}`)),
);
const enough = () => counted(state).length >= count || Date.now() >= until;
const lane = async () => {
  for (let batch = batches.shift(); batch !== undefined && !enough(); batch = batches.shift()) {
    await sufferBatch(batch, {
      tools,
      seed: state.seed,
      enough,
      isDone: (number, index) => done.has(`${number}/${index}`),
      result(result) {
        state.results.push(result);
        saveState(values.state, state);
        console.log(`${counted(state).length} ${result.kind}, ${result.at}: ${result.outcome} (${result.seconds} s)`);
      },
      verified(verified) {
        state.verified.push(verified);
        saveState(values.state, state);
        const { promoted, restored, check, wrong } = verified;
        console.log(
          `stage ${verified.batch}: ${restored} of ${promoted} restored, check: ${check}; ${wrong.join("; ") || "all there"}`,
        );
      },
    }).catch((error: unknown) => console.error(`stage ${batch.number}: ${String(error)}`));
  }
};
await Promise.all(Array.from({ length: Number(values.lanes) }, lane));

const broken = counted(state).filter(({ outcome }) => outcome.startsWith("broken"));
const wrong = state.verified.flatMap((one) => one.wrong);
const report =
  values.report ?? (counted(state).length >= 1000 ? path.join(import.meta.dirname, "report.md") : undefined);
if (report !== undefined) fs.writeFileSync(report, reportText(state, new Date()));
console.log(
  `${counted(state).length} faults, ${broken.length} broken promises, ${wrong.length} snapshots that lacked something`,
);
process.exitCode = broken.length + wrong.length > 0 ? 1 : 0;

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: checkout, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
