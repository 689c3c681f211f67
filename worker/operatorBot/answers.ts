/** What the bot answers to whoever only looks. */
import type { LogPage } from "../agent/journal.ts";
import type { Status } from "../agent/status.ts";
import { wrongNow } from "../agent/why.ts";
import type { ErrorReport } from "../errors.ts";
import type { SnapshotRecord } from "../snapshots/record.ts";
import { inWords } from "../words.ts";
import { type CommandName, commands, slashOf } from "./commands.ts";
import { code, type Message, message, section } from "./message.ts";
import { clipped, escaped, moment } from "./mrkdwn.ts";

/** Log lines where nobody says how many, and at most. */
const standardLines = 20;
const mostLines = 100;
const shownSnapshots = 8;
const longestForeign = 900;

/** Text that is not ours, short enough for a section. */
const foreign = (text: string) => escaped(clipped(text, longestForeign));

const signs: Readonly<Record<Status["state"], string>> = {
  ready: ":large_green_circle:",
  starting: ":large_yellow_circle:",
  restored: ":large_yellow_circle:",
  fresh: ":large_yellow_circle:",
  stopped: ":white_circle:",
  absent: ":white_circle:",
  failed: ":red_circle:",
};

/** Buttons that make sense now. */
export function buttonsFor({ state, desired }: Pick<Status, "state" | "desired">): CommandName[] {
  if (state === "ready") return ["restart gateway", "restart", "snapshot", "snapshots", "logs"];
  const anew: CommandName[] = desired === "running" ? ["restart"] : [];
  return ["wake", ...anew, "why", "logs", "snapshots"];
}

export function statusMessage(status: Status): Message {
  const { bot, state, desired, since, nextJob, memory, activeRuns, lastError, versions } = status;
  const should = state === "ready" || desired === "running" ? "" : `, and shall be ${desired}`;
  const head = `${signs[state]} *${escaped(bot)}* is *${state}* since ${moment(since)}${should}`;
  const facts = [
    state === "ready" && `${activeRuns} runs at work`,
    nextJob !== null && `next job: ${foreign(nextJob.name)}, ${moment(nextJob.at)}`,
    memory.savedUntil === null ? "nothing is saved yet" : `saved until ${moment(memory.savedUntil)}`,
    `Hermes ${escaped(versions.hermes ?? "?")}, Talaria ${escaped(versions.talaria ?? "?")}`,
  ].filter((fact) => fact !== false);
  const alarms = wrongNow(status).map((what) => `:warning: ${foreign(what)}`);
  const error = state !== "ready" && lastError !== null ? [`Last error: ${foreign(lastError.message)}`] : [];
  return message([head, facts.join(" · "), ...error, ...alarms], buttonsFor(status));
}

export function whyMessage(status: Status): Message {
  const { answers, because, next } = status.why;
  const head = `*${escaped(status.bot)}* ${answers ? "answers." : "does not answer."}`;
  const advice = next === null ? [] : [`:point_right: ${foreign(next)}`];
  return message([head, because.map(foreign).join("\n"), ...advice], buttonsFor(status));
}

/** How many lines `logs [lines]` wants. */
export function linesWanted(argument: string): number {
  const wanted = Number.parseInt(argument, 10);
  return Number.isNaN(wanted) ? standardLines : Math.min(Math.max(wanted, 1), mostLines);
}

export function logMessage(bot: string, { lines }: LogPage): Message {
  if (lines.length === 0) return message([`The log of *${escaped(bot)}* is empty.`]);
  const text = lines.map(({ at, source, level, text }) => {
    return `${at.slice(11, 19)} ${source === "worker" ? "talaria" : "hermes"} ${level.padEnd(5)} ${text}`;
  });
  const head = `The last ${lines.length} lines of *${escaped(bot)}* (UTC), the newest last:`;
  return code(head, escaped(text.join("\n")), ["logs", "why"]);
}

export function snapshotsMessage(
  bot: string,
  { current, snapshots }: { readonly current: string | null; readonly snapshots: readonly SnapshotRecord[] },
): Message {
  if (snapshots.length === 0) return message([`Nothing of *${escaped(bot)}* is saved yet.`], ["snapshot"]);
  const rows = snapshots.slice(0, shownSnapshots).map((record) => {
    const { id, at, reason, verdict, tree } = record;
    const size = tree === null ? "" : ` · ${(tree.bytes / 1e6).toFixed(1)} MB`;
    const isNow = id === current ? " · *the memory*" : verdict === "promoted" ? "" : ` · ${verdict}`;
    const text = `\`${id.slice(0, 8)}\` · ${moment(at)} · ${foreign(reason)}${size}${isNow}`;
    return id === current || verdict === "bad" ? section(text) : section(text, "restore", id.slice(0, 16));
  });
  const head = `The last ${rows.length} of ${snapshots.length} snapshots of *${escaped(bot)}*:`;
  return { text: head.replaceAll("*", ""), blocks: [section(head), ...rows] };
}

export function helpMessage(bot: string, unknown?: string): Message {
  const slash = slashOf(bot);
  const lines = Object.entries(commands).map(([name, command]) => {
    const words = "argument" in command ? `${name} ${command.argument}` : name;
    return `\`${slash} ${words}\`  ${command.does}`;
  });
  const head =
    unknown === undefined
      ? `What can be asked of *${escaped(bot)}*:`
      : `There is no command "${foreign(unknown)}". There are:`;
  return message([head, lines.join("\n")], ["status", "why"]);
}

/** Who may ask, to someone who may not. Nobody is pinged by it: only the one who asked reads it. */
export function refusedMessage(bot: string, user: string, allowed: readonly string[]): Message {
  const who = allowed.length === 0 ? "Nobody" : `Only ${allowed.map((id) => `<@${id}>`).join(", ")}`;
  return message([
    `${who} may ask this bot after *${escaped(bot)}*.`,
    `Whoever deploys it lets you in with your member id: \`pulumi config set --path "talaria:operatorBot.allowedUsers[${allowed.length}]" ${user}\`, then \`pulumi up\`.`,
  ]);
}

/** What went wrong, and what to do. */
export function problemMessage(what: string, { message: said, next }: Omit<ErrorReport, "code">, bot: string): Message {
  return message(
    [`:x: ${what} of *${escaped(bot)}* did not work.`, `${foreign(said)}\n${foreign(next)}`],
    ["why", "logs", "status"],
  );
}

/** A length of time, told after something was done. */
export const took = (ms: number) => `after ${inWords(ms)}`;
