import type { ExecPolicy } from "../declarationSchema.ts";
import { BotError } from "../errors.ts";

const minuteMs = 60_000;

/** What was used so far. */
export interface Used {
  /** Commands within the last minute. */
  readonly commands: number;
  /** Seconds of container time since midnight (UTC). */
  readonly boxSecondsToday: number;
}

/** Why a further command may not run now, in words that the agent can act on. */
export function refusal(
  policy: Pick<ExecPolicy, "commandsPerMinute" | "boxMinutesPerDay">,
  used: Used,
): BotError | undefined {
  const { commandsPerMinute, boxMinutesPerDay } = policy;
  if (used.commands >= commandsPerMinute) return new BotError("execRate", { limit: commandsPerMinute, retryAfter: 60 });
  if (used.boxSecondsToday >= boxMinutesPerDay * 60) return new BotError("execBudget", { limit: boxMinutesPerDay });
  return undefined;
}

/** @throws BotError `execTooLong` for a command that is longer than the policy lets, its standard input included */
export function refuseLength(policy: Pick<ExecPolicy, "commandKilobytes">, bytes: number): void {
  const limit = policy.commandKilobytes;
  if (bytes > limit * 1024) throw new BotError("execTooLong", { kilobytes: Math.ceil(bytes / 1024), limit });
}

/** Counts what began within the last minute. In memory: a reset of the object forgives a minute at most. */
export class MinuteCount {
  private times: number[] = [];

  add(now: number): void {
    this.times.push(now);
  }

  at(now: number): number {
    this.times = this.times.filter((time) => now - time < minuteMs);
    return this.times.length;
  }
}

/** Seconds of a stretch of time that lie on the day (UTC) on which it ends. */
export function secondsOnLastDay(since: number, until: number): number {
  const midnight = new Date(until).setUTCHours(0, 0, 0, 0);
  return Math.max(0, until - Math.max(since, midnight)) / 1_000;
}
