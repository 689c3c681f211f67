/** `talaria status`: what the bot does, without waking it. */
import { type Status, statusSchema } from "../api.ts";
import type { Context } from "../context.ts";
import { plainText } from "../plainText.ts";
import { duration, moment, relative } from "../times.ts";
import { memoryRows } from "./memoryRows.ts";

/** How many transitions the human view shows. */
const shownTransitions = 5;

/** Prints the status; `--json` is the API's object as it came. */
export async function status({ output, client }: Context): Promise<void> {
  const { value, raw } = await (await client()).api({ method: "GET", path: "/api/status" }, statusSchema);
  output.result(raw, () => statusText(value, new Date()));
}

/** The human view. */
export function statusText(status: Status, now: Date): string {
  const rows: [string, string][] = [
    ["state", `${status.state} since ${moment(status.since)} (${relative(status.since, now) || "-"})`],
    ["desired", status.desired],
    ...whyRows(status),
    [
      "engine",
      status.isolated
        ? status.engine
        : `${status.engine}   NOT ISOLATED: the bot's commands run as you, on this machine`,
    ],
    ...modelRow(status),
    ["runs", `${status.activeRuns ?? 0} active, ${status.queuedRuns ?? 0} queued`],
    ...cutStreamsRow(status),
    ...execRow(status),
    ...memoryRows(status.memory, now),
    ...alarmRows(status),
    ["sleep", sleepText(status, now)],
    ["next job", nextJobText(status, now)],
    ["versions", versionsText(status)],
    ...named(
      "images",
      Object.entries(status.images).map(([name, image]) => `${name.padEnd(7)} ${imageText(image)}`),
    ),
    ...named("last", status.transitions.slice(-shownTransitions).map(transitionText)),
  ];
  const head = `${status.bot} (stack ${status.stack})`;
  return [head, ...rows.map(([label, value]) => `  ${label.padEnd(9)} ${value}`), ...errorLines(status)].join("\n");
}

function versionsText({ versions, runningVersions }: Status): string {
  const parts = Object.entries(versions).map(([name, version]) => {
    const running = runningVersions?.[name];
    const differs = running && running !== version;
    return `${name} ${differs ? `${running} RUNNING, declared is ` : ""}${version ?? "?"}`;
  });
  return parts.join(", ") || "-";
}

/** Why it does not answer. A Worker of before does not say. */
function whyRows({ why }: Status): [string, string][] {
  if (!why || why.answers) return [];
  return named("why", [...why.because, ...(why.next ? [why.next] : [])]);
}

/** A Worker of before does not say. */
function modelRow({ model }: Status): [string, string][] {
  if (!model) return [];
  const own = "   by a login of Hermes' own: nothing of Talaria's counts or caps these calls";
  return [["model", `${model.default}${model.proxied ? "" : own}`]];
}

/** What is wrong, and told. A Worker of before says none. */
function alarmRows({ alarms }: Status): [string, string][] {
  return (alarms ?? []).map(({ code, about, what, since }) => [
    "ALARM",
    plainText(`${code}${about && ` ${about}`}: ${what} (since ${moment(since)}; ./talaria alarms)`),
  ]);
}

/** Only where there is something to tell. */
function cutStreamsRow({ cutStreams }: Status): [string, string][] {
  return cutStreams ? [["cut", `${cutStreams} streams broke half-way (see ./talaria logs --source worker)`]] : [];
}

/** Where the agent's commands run. A Worker of before has none. */
function execRow({ exec }: Status): [string, string][] {
  if (!exec) return [];
  if ("failed" in exec) return [["commands", `unknown: ${String(exec.failed)}`]];
  const { boxes, spare, sessions, isolation, boxMinutesToday } = exec;
  const running = `${boxes} sandboxes${spare === 0 ? "" : ` and ${spare} spare`}`;
  return [
    [
      "commands",
      `${running} of ${sessions} sessions (isolation ${isolation}), ${boxMinutesToday} sandbox minutes today`,
    ],
  ];
}

/** Several rows of which only the first is labelled. */
function named(label: string, lines: string[]): [string, string][] {
  return (lines.length === 0 ? ["-"] : lines).map((line, index) => [index === 0 ? label : "", line]);
}

function sleepText(status: Status, now: Date): string {
  if (status.sleepAfterSeconds === null || status.sleepAfterSeconds === undefined) return "never";
  const idle = status.idleSince ? `, idle since ${moment(status.idleSince)} (${relative(status.idleSince, now)})` : "";
  return `after ${duration(status.sleepAfterSeconds * 1000)} without work${idle}`;
}

function nextJobText({ nextJob }: Status, now: Date): string {
  if (!nextJob) return "none";
  return `${nextJob.name ?? nextJob.id} at ${moment(nextJob.at)} (${relative(nextJob.at, now) || "-"})`;
}

function imageText({ declared, running }: Status["images"][string]): string {
  if (!running) return `${declared ?? "-"} (not running)`;
  return running === declared ? running : `${running} RUNNING, declared is ${declared ?? "-"}`;
}

function transitionText({ at, from, to, cause, ms }: Status["transitions"][number]): string {
  const took = ms === null || ms === undefined ? "" : ` after ${duration(ms)}`;
  return `${moment(at)}  ${from} → ${to}${took}${cause ? ` (${cause})` : ""}`;
}

function errorLines({ lastError }: Status): string[] {
  if (!lastError) return [];
  return [`  last error: ${lastError.message}`, ...(lastError.next ? [`              ${lastError.next}`] : [])];
}
