/** From facts to causes. Pure: what is wrong now, what cannot be told; since when it counts is the book's affair. */

import { gaveUp } from "../agent/backoff.ts";
import type { PlatformVitals, Vitals } from "../agent/vitals.ts";
import { dayMs, dayOf, monthOf } from "../days.ts";
import { type AlarmCode, type AlarmPolicy, alarmCodes } from "../declarationSchema.ts";
import { inDollars } from "../spend/modelPrice.ts";
import { inWords } from "../words.ts";
import { isAbout } from "./alarm.ts";
import type { Finding, Sight } from "./book.ts";
import { causes } from "./causes.ts";
import type { Facts } from "./facts.ts";

type Limits = AlarmPolicy["limits"];

/** A platform that Hermes does not call connected is given so long. */
const connectsWithinSeconds = 120;
/** A start from nothing may take so long before it is one that does not come. */
const startsWithinMs = 10 * 60_000;
/** A job of a bot that sleeps: it is woken before it. */
const wakesWithinMs = 10 * 60_000;
/** Tiny turns in a row that have to fail. */
const canaryFailures = 2;
/** Findings of one cause at a time: a thousand jobs are no thousand alarms. */
const mostOfACause = 10;
/** Percent of a cap that are told. */
const thresholds = [50, 75, 90, 100];
const ofMoney: readonly AlarmCode[] = ["spendCapReached", "spendNearCap", "modelUnpriced"];

/** States of a platform in which it hears, or is about to. */
const hearing = ["connected", "running", "ready"];
/** States in which somebody has switched it off. */
const off = ["disabled", "stopped"];

/** Everything that is wrong now, and what cannot be told. */
export function sightOf(facts: Facts, limits: Limits): Sight {
  const asked = facts.desired === "running";
  const all = [
    ...ofTheGateway(facts),
    ...ofTheVitals(facts, limits),
    ...ofTheMemory(facts),
    ...ofTheModel(facts, limits),
    ...ofTheMoney(facts),
  ]
    .concat(ofItself(facts))
    .filter(({ code }) => asked || !causes[code].ofRunning)
    .filter((one, index, found) => found.findIndex((other) => isAbout(one, other)) === index);
  const present = alarmCodes.flatMap((code) => all.filter((one) => one.code === code).slice(0, mostOfACause));
  return { present, unknown: unknownOf(facts) };
}

/** What a look cannot tell stays as it was: nothing is told, and nothing is over. */
function unknownOf(facts: Facts): ReadonlySet<AlarmCode> {
  const { desired, moving, state, vitals } = facts;
  const unknown = new Set<AlarmCode>(facts.spend === null ? ofMoney : []);
  if (desired !== "running") return unknown;
  const ofRunning = alarmCodes.filter((code) => causes[code].ofRunning);
  const add = (codes: readonly AlarmCode[]) => {
    for (const code of codes) unknown.add(code);
  };
  if (moving) add([...ofRunning, "snapshotLate"]);
  if (state !== "ready") add([...ofRunning, "snapshotLate", "jobMissed"]);
  if (typeof vitals !== "object" || vitals === null) add(["chatDeaf", "jobMissed", "errorRate", "gatewayWedged"]);
  return unknown;
}

function ofTheGateway({ state, stateSince, failures, lastError, trouble, moving, now }: Facts): Finding[] {
  if (state === "ready" && trouble.silentSince === null) return [];
  const reason = lastError?.message ?? "it did not say why";
  if (gaveUp(failures) && failures.count > 0 && state !== "ready") {
    const tries = failures.count === 1 ? "one try" : `${failures.count} tries`;
    const what = failures.staysDown
      ? `The bot stays down. ${reason}`
      : `The bot does not start: ${tries} failed. ${reason}`;
    return [{ code: "gaveUp", about: "", what, since: trouble.lost?.at ?? failures.lastAt }];
  }
  if (trouble.lost !== null) {
    return [{ code: "gatewayDown", about: "", what: trouble.lost.what, since: trouble.lost.at }];
  }
  if (trouble.silentSince !== null) {
    const what = "The gateway's process lives and answers nothing.";
    return [{ code: "gatewayWedged", about: "", what, since: trouble.silentSince }];
  }
  if (moving && failures.count === 0) return [];
  if (failures.count > 0) {
    return [{ code: "notStarting", about: "", what: `The bot does not start. ${reason}`, since: failures.lastAt }];
  }
  if (now - stateSince < startsWithinMs) return [];
  const what = `The bot has been "${state}" for ${inWords(now - stateSince)} and shall run.`;
  return [{ code: "notStarting", about: "", what, since: stateSince }];
}

function ofTheVitals({ vitals, trouble, now }: Facts, limits: Limits): Finding[] {
  if (vitals === null || typeof vitals === "string") return [];
  const { heartbeatSeconds, errors } = vitals;
  const found = [...deafness(vitals), ...missed(vitals, limits)];
  if (heartbeatSeconds !== null && heartbeatSeconds > limits.heartbeatSeconds && trouble.silentSince === null) {
    const what = `The gateway's heartbeat stands still since ${inWords(heartbeatSeconds * 1000)}; its process lives.`;
    found.push({ code: "gatewayWedged", about: "", what, since: now - heartbeatSeconds * 1000 });
  }
  if (errors.count >= limits.errorLines && limits.errorLines > 0) {
    const last = errors.last === null ? "" : ` The last: ${errors.last.slice(0, 300)}`;
    const what = `${errors.count} errors in Hermes' log within ${inWords(errors.windowSeconds * 1000)}.${last}`;
    found.push({ code: "errorRate", about: "", what });
  }
  return found;
}

function deafness({ platforms }: Vitals): Finding[] {
  return platforms.flatMap((platform) => {
    const what = deafTo(platform);
    return what === undefined ? [] : [{ code: "chatDeaf" as const, about: platform.name, what }];
  });
}

function deafTo(platform: PlatformVitals): string | undefined {
  const { name, state, error, stateSeconds, silentSeconds, hasSocket, silenceLimitSeconds } = platform;
  if (off.includes(state)) return undefined;
  if (!hearing.includes(state)) {
    if (stateSeconds !== null && stateSeconds < connectsWithinSeconds) return undefined;
    return `The bot does not hear ${name}: ${state}${error ? ` (${error.slice(0, 200)})` : ""}.`;
  }
  if (hasSocket === false) return `The bot does not hear ${name}: Hermes says connected, and has no connection to it.`;
  if (silentSeconds === null || silenceLimitSeconds === null || silentSeconds <= silenceLimitSeconds) return undefined;
  return `The bot does not hear ${name}: nothing has come from there for ${inWords(silentSeconds * 1000)}, not even a sign of life.`;
}

function missed({ missedJobs }: Vitals, { jobLateSeconds }: Limits): Finding[] {
  return missedJobs
    .filter(({ lateSeconds }) => lateSeconds >= jobLateSeconds)
    .map(({ name, dueAt, lost }) => ({
      code: "jobMissed",
      about: name,
      what: `The job "${name}" was due at ${dueAt} and did not run${lost ? "; Hermes dropped it, so it never will" : ""}.`,
      since: Date.parse(dueAt) || undefined,
    }));
}

/** A bot that sleeps wakes for its job; one that was stopped on purpose runs none. */
function sleptThrough({ desired, nextJob, now }: Facts): Finding[] {
  if (desired !== "asleep" || nextJob === null) return [];
  const due = Date.parse(nextJob.at);
  if (!(now - due > wakesWithinMs)) return [];
  const what = `The bot sleeps, and did not wake for the job "${nextJob.name}", due at ${nextJob.at}.`;
  return [{ code: "jobMissed", about: nextJob.name, what, since: due }];
}

function ofTheMemory(facts: Facts): Finding[] {
  const { memory, savedSince, drillDays, desired, now } = facts;
  const { lastRun, lastDrill } = memory;
  const found = sleptThrough(facts);
  if (memory.late && facts.state === "ready") {
    const why = lastRun?.problem ? ` The last try: ${lastRun.problem.message} (${lastRun.problem.code})` : "";
    const what = `Nothing was saved since ${memory.savedUntil ?? "the start"}.${why}`;
    found.push({ code: "snapshotLate", about: "", what, since: timeOf(memory.savedUntil) });
  }
  for (const { code, message, since } of memory.alarms) {
    if (code === "snapshot_late" || code === lastRun?.problem?.code) continue;
    const known = memoryCodes[code];
    found.push({ code: known ?? "memoryAlarm", about: known ? "" : code, what: message, since: timeOf(since) });
  }
  const proved = timeOf(lastDrill?.at ?? null) ?? savedSince;
  if (desired === "running" && proved !== null && now - proved > 2 * drillDays * dayMs) {
    const what = `That the memory can be restored was last proved ${lastDrill === null ? "never" : `at ${lastDrill.at}`}.`;
    found.push({ code: "drillLate", about: "", what });
  }
  return found;
}

/** Codes of the memory's own alarms that are causes by themselves. */
const memoryCodes: Readonly<Record<string, AlarmCode>> = { drill_failed: "drillFailed", care_failed: "careFailed" };

function ofTheModel({ models, canary }: Facts, { modelFailures }: Limits): Finding[] {
  const found: Finding[] = [];
  const { failedInARow, failingSince, lastFailure } = models;
  if (modelFailures > 0 && failedInARow >= modelFailures && failingSince !== null) {
    const why = lastFailure?.problem ?? `${lastFailure?.provider ?? "the provider"} gave no answer`;
    const what = `The model does not answer: ${failedInARow} calls have failed in a row. ${why}`;
    found.push({ code: "modelFailing", about: "", what, since: failingSince });
  }
  if (canary !== null && canary.failures >= canaryFailures) {
    const what = `${canary.failures} tiny turns through the model failed in a row: ${canary.problem ?? "no answer"}`;
    found.push({ code: "canaryFailed", about: "", what, since: canary.failingSince ?? undefined });
  }
  return found;
}

function ofTheMoney({ spend, now }: Facts): Finding[] {
  const shares = (spend?.standing ?? []).flatMap(({ scope, spent, cap }) => {
    if (cap === null) return [];
    const period = scope === "day" ? dayOf(now) : monthOf(now);
    const of = `${inDollars(spent)} of ${inDollars(cap)} that models may cost on ${period}`;
    const reached = thresholds.filter((percent) => spent * 100 >= cap * percent).toReversed();
    const [most, ...insteadOf] = reached.map(
      (percent): Finding =>
        percent === 100
          ? { code: "spendCapReached", about: period, what: `The cap is reached: ${of}. No model is asked any more.` }
          : { code: "spendNearCap", about: `${period} ${percent}%`, what: `${percent}% is spent: ${of}.` },
    );
    return most === undefined ? [] : [{ ...most, insteadOf }];
  });
  const unpriced = (spend?.unpriced ?? []).map(
    (model): Finding => ({
      code: "modelUnpriced",
      about: model,
      what: `Nobody knows what ${model} costs: ${spend?.unknownPrice === "refuse" ? "it is not asked, and whoever wanted it got an error." : "its dollars are not counted, and no cap holds them."}`,
    }),
  );
  return [...shares, ...unpriced];
}

function ofItself({ trouble, vitals, exec, channels, moving }: Facts): Finding[] {
  const found: Finding[] = channels.map(({ name, problem, since }) => ({
    code: "channelFailed",
    about: name,
    what: `The channel ${name} takes no alarms: ${problem}`,
    since,
  }));
  if (exec !== null)
    found.push({ code: "execFailed", about: "", what: `The sandboxes' object does not answer: ${exec}` });
  const reason = trouble.failedLooks > 0 ? trouble.lookProblem : typeof vitals === "string" && !moving ? vitals : null;
  if (reason !== null) found.push({ code: "lookFailed", about: "", what: `A look at the bot failed: ${reason}` });
  return found;
}

function timeOf(iso: string | null): number | undefined {
  const time = iso === null ? Number.NaN : Date.parse(iso);
  return Number.isNaN(time) ? undefined : time;
}
