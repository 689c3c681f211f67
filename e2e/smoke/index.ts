/** `npm run smoke:cloudflare`: asks an account the open questions, cleans up, writes a report. */
import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { versions } from "../../infra/versions.ts";
import { stateDir } from "../../local/paths.ts";
import packageJson from "../../package.json" with { type: "json" };
import { Ledger, type Left } from "./ledger.ts";
import { plan } from "./plan.ts";
import { points } from "./points/index.ts";
import { report, reportName } from "./report.ts";
import { readSettings, type Settings, UsageError, usage } from "./settings.ts";
import { namesOf, type Smoke } from "./smoke.ts";
import { Transcript } from "./transcript.ts";
import { type Finding, walk } from "./walk.ts";

/** Milliseconds between two looks at something that takes its time. */
const pauseMs = 2000;

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  process.exitCode = settings === undefined ? help() : await main(settings);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}

function help(): number {
  console.log(usage);
  return 0;
}

async function main(settings: Settings): Promise<number> {
  const names = namesOf(randomBytes(4).toString("hex"));
  console.log(plan(settings, names));
  if (!settings.agreed) {
    console.log("\nNothing was done. If you agree: npm run smoke:cloudflare -- --yes");
    return 2;
  }
  const interrupt = new AbortController();
  const smoke: Smoke = {
    settings,
    names,
    transcript: new Transcript(settings),
    ledger: new Ledger(),
    fixtureKey: randomBytes(24).toString("hex"),
    signal: interrupt.signal,
    pauseMs,
  };
  listenForSignals(interrupt);
  return run(smoke);
}

async function run(smoke: Smoke): Promise<number> {
  const { settings, transcript, ledger, signal } = smoke;
  const began = new Date();
  console.log("");
  const findings = await walk(points, smoke, show);
  const mark = transcript.calls.length;
  console.log("\nCleaning up.");
  const left = await ledger.clear(transcript, settings.apiBaseUrl, pauseMs);
  const interrupted = signal.aborted;
  const ended = new Date();
  const cleanUp = transcript.since(mark);
  const used = { talaria: versions.talaria, sdk: versions.sdk, cloudflare: packageJson.dependencies.cloudflare };
  await fs.mkdir(stateDir, { recursive: true });
  const file = path.join(stateDir, reportName(began));
  await fs.writeFile(file, report({ settings, began, ended, versions: used, findings, cleanUp, left, interrupted }));
  showEnd(findings, left, file);
  return outcome(findings, left, interrupted);
}

/** The first signal ends the walk; later ones are answered, because the clean-up must not be cut short. */
function listenForSignals(interrupt: AbortController): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const first = !interrupt.signal.aborted;
      console.error(first ? "\nInterrupted: one last call ends, then the clean-up begins." : "Still cleaning up.");
      interrupt.abort();
    });
  }
}

function show({ point, verdict, detail }: Finding): void {
  console.log(`${verdict.padEnd(10)} ${point.id.padEnd(24)} ${detail}`);
}

function showEnd(findings: readonly Finding[], left: readonly Left[], file: string): void {
  const count = (wanted: Finding["verdict"]) => findings.filter(({ verdict }) => verdict === wanted).length;
  if (left.length === 0) console.log("Nothing is left in the account.");
  for (const { what, why, byHand } of left) console.error(`error: left behind: ${what} (${why})\n       ${byHand}`);
  console.log(`\n${count("holds")} hold, ${count("differs")} differ, ${count("undecided")} undecided. Report: ${file}`);
}

function outcome(findings: readonly Finding[], left: readonly Left[], interrupted: boolean): number {
  if (left.length > 0) return 3;
  if (interrupted) return 130;
  return findings.every(({ point, verdict }) => point.relied === false || verdict === "holds") ? 0 : 1;
}
