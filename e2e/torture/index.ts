/**
 * `npm run torture`: at least a thousand faults, none of which may cost a promoted snapshot. See README.md.
 *
 *     npm run torture -- [faults] [thief] [bot] [sqlite]      all four without a word
 *         [--count 1000] [--bot 50] [--sqlite 300] [--seed N] [--minutes M] [--lanes 2] [--state FILE] [--report FILE]
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
import { blankTally, tortureSqlite } from "./sqlite/index.ts";
import { counted, openState, saveState, whatIsWrong } from "./state.ts";
import { tortureByThief } from "./thief.ts";
import { findTools } from "./tools.ts";
import { tortureWholeBot } from "./wholeBot.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "1000" },
    bot: { type: "string", default: "50" },
    sqlite: { type: "string", default: "300" },
    seed: { type: "string" },
    minutes: { type: "string" },
    lanes: { type: "string", default: "2" },
    state: { type: "string", default: path.join(cacheDir, "torture", "state.json") },
    report: { type: "string" },
  },
});
const parts = ["faults", "thief", "bot", "sqlite"];
const unknown = positionals.filter((part) => !parts.includes(part));
if (unknown.length > 0) {
  console.error(`error: no part is called ${unknown.join(", ")}. There are: ${parts.join(", ")}`);
  process.exit(1);
}
const wants = (part: string) => positionals.length === 0 || positionals.includes(part);
const until = values.minutes === undefined ? Number.POSITIVE_INFINITY : Date.now() + Number(values.minutes) * 60_000;

const state = openState(values.state, values.seed === undefined ? undefined : Number(values.seed), commit());
console.log(`seed ${state.seed}: repeat with \`npm run torture -- --seed ${state.seed}\`; state in ${values.state}`);

let interrupted = false;
// What is under way is ended first: nothing is left behind.
const interrupt = () => {
  interrupted = true;
};
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, interrupt);
const keep = (more: () => boolean) => {
  saveState(values.state, state);
  return more() && !interrupted && Date.now() < until;
};
/** Stages that could not be made: nothing is known of their faults. */
let unmade = 0;

const tools = await findTools();
if (wants("faults")) await faults(Number(values.count));
if (wants("thief") && keep(() => state.thief === undefined)) state.thief = await tortureByThief(tools);
if (wants("bot") && keep(() => state.wholeBot.length < Number(values.bot)))
  await tortureWholeBot(state.seed, Number(values.bot), state.wholeBot, keep);
if (wants("sqlite")) {
  state.sqlite ??= blankTally();
  const { sqlite } = state;
  if (keep(() => sqlite.count < Number(values.sqlite))) await tortureSqlite(tools, Number(values.sqlite), sqlite, keep);
}
saveState(values.state, state);

const complete = counted(state).length >= 1000;
const report = values.report ?? (complete ? path.join(import.meta.dirname, "report.md") : undefined);
if (report !== undefined) fs.writeFileSync(report, reportText(state, new Date()));
const wrong = whatIsWrong(state);
for (const one of wrong) console.log(one);
console.log(`${counted(state).length} faults; ${wrong.length} things wrong, ${unmade} stages that could not be made`);
process.exitCode = wrong.length + unmade > 0 ? 1 : 0;

/** Suffers them in lanes beside each other; goes on where an earlier run ended. */
async function faults(count: number): Promise<void> {
  /** A tmpfs of a container's own needs root. */
  const fullDisks = os.platform() === "linux" && process.getuid?.() === 0;
  if (!fullDisks) console.log("skipped: full disks (a tmpfs for each container needs root on Linux)");
  const done = new Set(state.results.map(({ batch, index }) => `${batch}/${index}`));
  const isDone = (number: number, index: number) => done.has(`${number}/${index}`);
  // Some faults miss their moment: there are more than enough planned.
  const batches = plan(state.seed, count * 2, { fullDisks }).filter(({ number, faults }) =>
    faults.some((_, index) => !isDone(number, index)),
  );
  const enough = () => !keep(() => counted(state).length < count);
  const lane = async () => {
    for (let batch = batches.shift(); batch !== undefined && !enough(); batch = batches.shift()) {
      const { number } = batch;
      await sufferBatch(batch, {
        ...{ tools, seed: state.seed, enough, isDone },
        result(result) {
          state.results.push(result);
          console.log(`${counted(state).length} ${result.kind}, ${result.at}: ${result.outcome} (${result.seconds} s)`);
        },
        verified(verified) {
          state.verified.push(verified);
          const { promoted, restored, check, wrong } = verified;
          const found = wrong.join("; ") || "all there";
          console.log(`stage ${verified.batch}: ${restored} of ${promoted} restored, check: ${check}; ${found}`);
        },
      }).catch((error: unknown) => {
        unmade++;
        console.error(`stage ${number}: ${String(error)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
}

function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: checkout, encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
