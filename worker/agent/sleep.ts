/** When a bot may sleep and when it must be woken. Pure decisions; `rest.ts` acts on them. */

/** A scheduled job of Hermes that runs next. */
export interface NextJob {
  readonly id: string;
  readonly name: string;
  /** ISO 8601. */
  readonly at: string;
}

/** A bot wakes at least this long before a job: a cold start takes tens of seconds on the platform. */
const shortestLeadMs = 30_000;
/** Sleeping is not worth it when the next wake is nearer than this. */
export const shortestSleepMs = 60_000;

/** A bot with a chat platform never sleeps: it has to be there when somebody writes to it. */
export function isAlwaysOn({ chatPlatforms }: Pick<SleepPolicy, "chatPlatforms">): boolean {
  return chatPlatforms.length > 0;
}

/** Idle seconds before the bot sleeps; null = it never does. */
export function sleepAfter(policy: SleepPolicy): number | null {
  return isAlwaysOn(policy) ? null : policy.sleepAfterSeconds;
}

/** What of a declaration decides whether a bot sleeps. */
export interface SleepPolicy {
  /** As declared; null = never. */
  readonly sleepAfterSeconds: number | null;
  readonly chatPlatforms: readonly string[];
}

/** How long before a job the bot is woken: twice the last cold start, at least half a minute. */
export function leadMs(lastStartMs: number | undefined): number {
  return Math.max(shortestLeadMs, 2 * (lastStartMs ?? 0));
}

/** When to wake for a job, milliseconds since the epoch; undefined when nothing is scheduled. */
export function wakeAt(job: NextJob | null, lastStartMs: number | undefined): number | undefined {
  return job === null ? undefined : Date.parse(job.at) - leadMs(lastStartMs);
}

export interface Activity {
  /** Requests of clients under way or queued. */
  readonly runs: number;
  /** Hermes works on something of its own (a job, a chat from a platform). */
  readonly hermesBusy: boolean;
  /** Last end of a client's request or wake, milliseconds since the epoch. */
  readonly lastAt: number;
}

/** Whether the bot may sleep now. Probes are no activity (design decision 1). */
export function maySleep(
  sleepAfterSeconds: number | null,
  activity: Activity,
  wake: number | undefined,
  now: number,
): boolean {
  if (sleepAfterSeconds === null) return false;
  if (activity.runs > 0 || activity.hermesBusy) return false;
  if (now - activity.lastAt < sleepAfterSeconds * 1000) return false;
  return wake === undefined || wake - now >= shortestSleepMs;
}
