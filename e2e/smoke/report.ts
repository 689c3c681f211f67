/** The report of a run: a table, then each point with the calls that led to its verdict. */
import type { Left } from "./ledger.ts";
import type { Settings } from "./settings.ts";
import type { NotedCall } from "./transcript.ts";
import type { Finding } from "./walk.ts";

/** Everything that a report tells. */
export interface Run {
  readonly settings: Settings;
  readonly began: Date;
  readonly ended: Date;
  readonly versions: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
  readonly cleanUp: readonly NotedCall[];
  readonly left: readonly Left[];
  readonly interrupted: boolean;
}

/** `smoke-report-2026-11-21-115503.md`: two runs of a day do not overwrite each other. */
export function reportName(at: Date): string {
  return `smoke-report-${at.toISOString().slice(0, 19).replace("T", "-").replaceAll(":", "")}.md`;
}

/** Markdown. Secrets and the account's id are out of it already. */
export function report(run: Run): string {
  const { settings, findings, left } = run;
  const versions = Object.entries(run.versions).map(([name, version]) => `${name} ${version}`);
  return [
    "# Smoke run against Cloudflare's API",
    "",
    `- From ${run.began.toISOString()} to ${run.ended.toISOString()}${run.interrupted ? ", **interrupted**" : ""}`,
    `- API: ${settings.apiBaseUrl}${settings.registryUrl === undefined ? "" : `, registry: ${settings.registryUrl}`}`,
    `- Versions: ${versions.join(", ")}`,
    `- Images: ${settings.images.first}, then ${settings.images.second}`,
    "",
    "| point | verdict | relied on | what was seen |",
    "| --- | --- | --- | --- |",
    ...findings.map(row),
    "",
    "## Left behind",
    "",
    ...(left.length === 0
      ? ["Nothing."]
      : left.map(({ what, why, byHand }) => `- **${what}**: ${why}\n\n      ${byHand}`)),
    "",
    ...findings.filter(({ calls }) => calls.length > 0).flatMap(section),
    "## Clean-up",
    "",
    ...callLines(run.cleanUp),
    "",
  ].join("\n");
}

function row({ point, verdict, detail }: Finding): string {
  return `| ${point.id} | ${verdict} | ${point.relied === false ? "no" : "yes"} | ${inCell(detail)} |`;
}

function section({ point, verdict, detail, calls }: Finding): string[] {
  return [`## ${point.id}`, "", point.question, "", `**${verdict}**: ${detail}`, "", ...callLines(calls), ""];
}

/** Calls shown at the beginning and at the end of a long wait. */
const shown = 12;

function callLines(calls: readonly NotedCall[]): string[] {
  if (calls.length <= 2 * shown) return calls.flatMap(callLine);
  const between = `    … ${calls.length - 2 * shown} calls between`;
  return [...calls.slice(0, shown).flatMap(callLine), between, ...calls.slice(-shown).flatMap(callLine)];
}

function callLine({ method, path, outcome, ms, answer }: NotedCall): string[] {
  const line = `    ${method} ${path} → ${outcome}, ${ms} ms`;
  return answer === "" ? [line] : [line, `        ${answer.replaceAll("\n", "\n        ")}`];
}

function inCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}
