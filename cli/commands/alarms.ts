/** `talaria alarms`: what is wrong with the bot, what was, and who was told. */
import { type AlarmOfBot, alarmsSchema, alarmsTestSchema, type Alarms as Report } from "../alarmsApi.ts";
import type { Context } from "../context.ts";
import { plainText } from "../plainText.ts";
import { CliError } from "../problems.ts";
import { duration, moment, relative } from "../times.ts";

/** Options of `alarms`. */
export interface AlarmsOptions {
  /** Also those that are over. */
  readonly all?: boolean;
}

/** Prints what is wrong now; `--json` is the API's object as it came. */
export async function alarms({ output, client }: Context, { all = false }: AlarmsOptions): Promise<void> {
  const { value, raw } = await (await client()).api({ method: "GET", path: "/api/alarms" }, alarmsSchema);
  output.result(raw, () => alarmsText(value, all, new Date()));
}

/** Sends a test to each channel. @throws CliError where one did not take it, or there is none */
export async function testAlarms({ output, client }: Context): Promise<void> {
  const call = { method: "POST", path: "/api/alarms/test" } as const;
  const { value, raw } = await (await client()).api(call, alarmsTestSchema);
  const { channels } = value;
  if (channels.length === 0) throw new CliError("noAlarmChannel");
  output.result(raw, () =>
    channels.map(({ name, target, ok, problem }) => `${name} (${target}): ${ok ? "told" : problem}`).join("\n"),
  );
  const failed = channels.filter(({ ok }) => !ok);
  if (failed.length > 0) throw new CliError("alarmNotTold", { channels: failed.map(({ name }) => name).join(", ") });
}

/** The human view. */
export function alarmsText(report: Report, all: boolean, now: Date): string {
  const { current, past, quietUntil } = report;
  const lines = current.length === 0 ? ["nothing is wrong"] : current.flatMap((alarm) => alarmLines(alarm, now));
  const over = all ? past.flatMap((alarm) => alarmLines(alarm, now)) : [];
  const more = !all && past.length > 0 ? [`${past.length} are over: ./talaria alarms --all`] : [];
  const quiet = quietUntil ? [`quiet hours until ${moment(quietUntil)}`] : [];
  return [
    ...lines,
    ...over,
    ...more,
    ...breakerLines(report),
    "",
    ...channelLines(report),
    ...quiet,
    ...costLines(report),
  ]
    .map(plainText)
    .join("\n")
    .trim();
}

function alarmLines(
  { code, about, state, urgent, what, since, until, tried, next, flaps, told }: AlarmOfBot,
  now: Date,
) {
  const name = about === "" ? code : `${code} ${about}`;
  const lasted = until ? `over at ${moment(until)} after ${duration(Date.parse(until) - Date.parse(since))}` : "";
  const head = state === "raised" ? `${urgent ? "URGENT" : "ALARM"} ${name}` : `over   ${name}`;
  const back = flaps > 0 ? `, came back ${flaps === 1 ? "once" : `${flaps} times`}` : "";
  const untold = told.filter(({ problem }) => problem !== null).map(({ channel }) => channel);
  return [
    `${head}: ${what}`,
    `  since ${moment(since)} (${relative(since, now)})${lasted && `, ${lasted}`}${back}`,
    ...tried.map(({ at, what: tries, outcome }) => `  tried ${moment(at)}: ${tries}: ${outcome}`),
    ...(untold.length > 0 ? [`  not told over ${untold.join(", ")}`] : []),
    ...(state === "raised" ? [`  type: ${next}`] : []),
  ];
}

/** What is tried no more by itself. */
function breakerLines({ breaker, ranWell }: Report): string[] {
  const open = breaker.filter((fuse) => fuse.open).map(({ cause }) => cause);
  const well = ranWell
    ? [
        `ran well: ${ranWell.hermes ? `Hermes ${ranWell.hermes}, ` : ""}${moment(ranWell.from)} to ${moment(ranWell.until)} (${ranWell.image})`,
      ]
    : [];
  return [...open.map((cause) => `nothing more is tried about ${cause} until it is over, or you restart`), ...well];
}

function channelLines({ channels }: Report): string[] {
  if (channels.length === 0) return ["told to nobody: set talaria:alarmWebhookUrl, or fields of talaria:alarms"];
  return channels.map(({ name, target, lastTold, waiting, problem }) => {
    const state = problem
      ? `FAILS, ${waiting} waiting: ${problem}`
      : `last told ${lastTold ? moment(lastTold) : "never"}`;
    return `${name.padEnd(8)} ${target}: ${state}`;
  });
}

function costLines({ canary }: Report): string[] {
  if (!canary) return [];
  const { at, problem, tokens, tokensToday, ms } = canary;
  const how = problem ? `FAILED: ${problem}` : `answered in ${duration(ms)}`;
  return [`canary   ${moment(at)} ${how}, ${tokens} tokens, ${tokensToday} today`];
}
