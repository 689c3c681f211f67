import type { Alarms } from "../alarms/alarms.ts";
import type { Dashboard } from "../dashboard/dashboard.ts";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Box } from "../sandbox/box.ts";
import type { Memory } from "../snapshots/memory.ts";
import { inWords } from "../words.ts";
import { notBefore } from "./backoff.ts";
import type { Ending } from "./ending.ts";
import type { Gateway } from "./gateway.ts";
import type { Ledger } from "./record.ts";
import type { Rest } from "./rest.ts";
import type { Sight } from "./sight.ts";
import { maySleep, wakeAt } from "./sleep.ts";
import type { Starter } from "./starter.ts";

/** How often a running bot is looked at. A probe is no activity and costs one request inside. */
const probeEveryMs = 60_000;
/** A gateway that does not answer is asked once more before it is called dead. */
const secondLookMs = 2_000;
/**
 * A bot that was woken for a job stays up this long past the job's time, then sleeps unless something keeps it busy.
 * Hermes looks for due jobs once a minute; one that it has not begun yet keeps the bot awake by itself, being next.
 */
const stayAfterJobMs = 90_000;

export interface WatchParts {
  readonly box: Box;
  readonly gateway: Gateway;
  readonly ledger: Ledger;
  readonly starter: Starter;
  readonly rest: Rest;
  readonly memory: Pick<Memory, "tend" | "mayTry">;
  readonly ending: Pick<Ending, "isUnderWay">;
  readonly dashboard: Pick<Dashboard, "inUse">;
  readonly alarms: Pick<Alarms, "look" | "looked" | "lost" | "answered" | "nextDue">;
  readonly sleepAfterSeconds: number | null;
  /** Requests of clients under way or queued. */
  readonly runs: () => number;
  readonly sight: Pick<Sight, "take">;
  readonly setAlarm: (at: number) => Promise<void>;
  readonly log: Log;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Makes what is agree with what should be; called by the alarm, by cron and when a container ends. Touches nothing that rests on purpose. */
export class Watch {
  private readonly parts: WatchParts;
  private looking: Promise<void> | undefined;

  constructor(parts: WatchParts) {
    this.parts = parts;
  }

  /** Looks once; parallel callers share the look. Never throws: what fails is recorded and looked at again. */
  look(cause: string): Promise<void> {
    const { alarms, log } = this.parts;
    // While a look is busy with a start, which may take minutes, what is known already is told.
    if (this.looking !== undefined) return Promise.all([this.looking, alarms.look()]).then(() => {});
    this.looking = this.reconcile(cause)
      .then(() => alarms.looked(null))
      .catch((error: unknown) => {
        log("error", "reconcile failed", { cause, reason: reasonOf(error) });
        alarms.looked(reasonOf(error));
      })
      .then(() => alarms.look())
      .then(() => this.setNextAlarm())
      .finally(() => {
        this.looking = undefined;
      });
    return this.looking;
  }

  /** Looks from the start, after a look under way: that one may be past what has just happened. Callers at once share the look. */
  lookAnew(cause: string): Promise<void> {
    return this.looking === undefined ? this.look(cause) : this.looking.then(() => this.look(cause));
  }

  private async reconcile(cause: string): Promise<void> {
    const { ledger, starter, rest } = this.parts;
    if (starter.starting || rest.stopping || (await this.endsByItself())) return;
    const { desired } = ledger.current;
    if (desired === "running") await this.keepRunning(cause);
    else await this.keepResting(cause);
  }

  private async keepRunning(cause: string): Promise<void> {
    const { ledger, box, alarms, ending } = this.parts;
    if (ledger.current.state !== "ready") return this.start(cause);
    if (!(await box.isRunning())) {
      ledger.move("lost", `${cause}: the container is gone`);
      ledger.update({ running: null });
      if (!ending.isUnderWay) alarms.lost("The container is gone, and nobody asked it to end.");
      return this.start(`${cause}: the container was gone`);
    }
    const busy = await this.askTwice();
    if (busy === undefined) return this.start(`${cause}: the gateway does not answer`);
    alarms.answered();
    await this.parts.sight.take();
    // A browser that has the dashboard open is a client; the dashboard by itself is none.
    if (await this.parts.dashboard.inUse()) ledger.used();
    this.parts.memory.tend();
    await this.sleepIfIdle(busy);
  }

  /** The platform told the container to end: it drains and saves by itself, and no gateway would start in it. */
  private async endsByItself(): Promise<boolean> {
    const { ending, box } = this.parts;
    return ending.isUnderWay && (await box.isRunning());
  }

  /** Whether Hermes is busy; undefined when it does not answer. */
  private async askTwice(): Promise<boolean | undefined> {
    const { gateway, pause } = this.parts;
    const first = await gateway.busy();
    if (first !== undefined) return first;
    await pause(secondLookMs);
    return gateway.busy();
  }

  private async sleepIfIdle(hermesBusy: boolean): Promise<void> {
    const { ledger, rest, memory, sleepAfterSeconds, runs, log, now } = this.parts;
    const { lastActivityAt, nextJob, lastStartMs, awakeUntil } = ledger.current;
    const activity = { runs: runs(), hermesBusy, lastAt: lastActivityAt };
    if (now() < awakeUntil || !memory.mayTry) return;
    if (!maySleep(sleepAfterSeconds, activity, wakeAt(nextJob, lastStartMs ?? undefined), now())) return;
    await rest
      .stop("asleep", `idle for ${inWords(now() - lastActivityAt)}`, { unsaved: "refuse" })
      .catch((error: unknown) => log("warn", "the bot stays awake", { reason: reasonOf(error) }));
  }

  private async keepResting(cause: string): Promise<void> {
    const { ledger, box, rest, now } = this.parts;
    const { desired, nextJob, lastStartMs } = ledger.current;
    const wake = wakeAt(nextJob, lastStartMs ?? undefined);
    if (desired === "asleep" && nextJob && wake !== undefined && now() >= wake) {
      ledger.update({ desired: "running", awakeUntil: Math.max(now(), Date.parse(nextJob.at)) + stayAfterJobMs });
      return this.start(`the job "${nextJob.name}" is due at ${nextJob.at}`);
    }
    // A stop that was cut short left the container up.
    if (await box.isRunning()) await rest.stop(desired, `${cause}: finishing the stop`);
  }

  private async start(cause: string): Promise<void> {
    await this.parts.starter.ensureReady(cause).catch((error: unknown) => {
      this.parts.log("warn", "the bot did not start", { cause, reason: reasonOf(error) });
    });
  }

  /** The next time that something can need doing; none for a bot that rests without a job. */
  private async setNextAlarm(): Promise<void> {
    const { ledger, setAlarm, alarms, now } = this.parts;
    const { desired, failures, nextJob, lastStartMs } = ledger.current;
    const wake = desired === "asleep" ? wakeAt(nextJob, lastStartMs ?? undefined) : undefined;
    const own =
      desired === "running"
        ? Math.max(now() + (failures.count > 0 ? 1_000 : probeEveryMs), notBefore(failures))
        : wake && Math.max(now() + 1_000, wake);
    const due = alarms.nextDue;
    const telling = due === null ? undefined : Math.max(now() + 1_000, due);
    const next = [own, telling].filter((at) => at !== undefined).filter(Number.isFinite);
    if (next.length > 0) await setAlarm(Math.min(...next));
  }
}
