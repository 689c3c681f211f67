import type { Dashboard } from "../dashboard/dashboard.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Box } from "../sandbox/box.ts";
import type { Memory } from "../snapshots/memory.ts";
import type { Reason, SaveOptions } from "../snapshots/saver.ts";
import type { Saved } from "../snapshots/settlement.ts";
import type { Ending } from "./ending.ts";
import type { Gateway } from "./gateway.ts";
import type { Desired } from "./lifecycle.ts";
import type { Ledger } from "./record.ts";

export interface RestParts {
  readonly box: Box;
  readonly gateway: Gateway;
  readonly ledger: Ledger;
  readonly memory: Pick<Memory, "save" | "lastChance">;
  readonly ending: Pick<Ending, "settled">;
  readonly dashboard: Pick<Dashboard, "end">;
  readonly captureLogs: () => Promise<void>;
  readonly log: Log;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

export interface StopOptions {
  /** What the snapshot before the end is for. @default stop */
  readonly reason?: Reason;
  readonly tags?: Readonly<Record<string, string>>;
  /**
   * Where the memory cannot be saved: `refuse` leaves the container as it is, `tell` ends it after a bounded wait and says
   * what is lost. @default tell
   */
  readonly unsaved?: "refuse" | "tell";
  /** Done after the end, while nothing can start yet. */
  readonly afterwards?: () => Promise<unknown>;
}

/** How a stop went. */
export interface Rested {
  /** Why the last changes are not saved; null when everything is. */
  readonly unsaved: string | null;
}

/** Puts the bot to rest: drains Hermes, saves its memory, ends the container. */
export class Rest {
  private readonly parts: RestParts;
  private underWay: Promise<void> = Promise.resolve();
  private stops = 0;

  constructor(parts: RestParts) {
    this.parts = parts;
  }

  /** Whether a stop is under way: what happens to the gateway and its container then is its doing. */
  get stopping(): boolean {
    return this.stops > 0;
  }

  /** Resolves when no stop is under way. */
  settled(): Promise<void> {
    return this.underWay;
  }

  /** Reads Hermes' next job into the record: it wakes a bot that sleeps. */
  async readSchedule(): Promise<void> {
    const { gateway, ledger } = this.parts;
    ledger.update({ nextJob: await gateway.nextJob() });
  }

  /**
   * Saves the memory, ends the gateway and its container. A container that does not answer any more is ended all the same;
   * one that saves and ends by itself is waited for.
   * @throws BotError `unsaved` where it refuses
   */
  stop(desired: Desired, cause: string, options: StopOptions = {}): Promise<Rested> {
    return this.inTurn(async () => {
      await this.parts.ending.settled();
      const rested =
        options.unsaved === "refuse"
          ? await this.endSaved(desired, cause, options)
          : await this.end(desired, cause, options);
      await options.afterwards?.();
      return rested;
    });
  }

  /** Ends the gateway alone: it is started again with a new declaration, in the same container, over the same disk. */
  restGateway(cause: string): Promise<void> {
    return this.inTurn(async () => {
      await this.parts.ending.settled();
      if (await this.parts.box.isRunning()) await this.drain();
      this.parts.ledger.moveIfLegal("gatewayDied", cause);
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.stops++;
    const turn = this.settled()
      .then(work)
      .finally(() => {
        this.stops--;
      });
    // Whoever asked for the stop hears of its failure.
    this.underWay = turn.then(
      () => {},
      () => {},
    );
    return turn;
  }

  /** An end that comes in any case. */
  private async end(desired: Desired, cause: string, { reason = "stop", tags }: StopOptions): Promise<Rested> {
    const { box, ledger, memory, log } = this.parts;
    ledger.update({ desired });
    let unsaved: string | null = null;
    if (await box.isRunning()) {
      await this.drainOrWarn();
      const saved = await memory.lastChance(reason, tags && { tags });
      if (!saved.saved) unsaved = whyUnsaved(saved);
      if (unsaved !== null) log("error", "the bot ends with changes that are not saved", { cause, reason: unsaved });
    }
    await this.endContainer(cause);
    return { unsaved };
  }

  /** An end that can wait: only where everything is saved. What takes long is saved while Hermes still answers. */
  private async endSaved(desired: Desired, cause: string, { reason = "stop", tags }: StopOptions): Promise<Rested> {
    const { box, ledger, memory } = this.parts;
    const save = async (why: Reason, options: SaveOptions = {}) => {
      const saved = await memory.save(why, options);
      if (!saved.saved) throw new BotError("unsaved", { what: cause, reason: whyUnsaved(saved) });
    };
    if (await box.isRunning()) {
      await save(reason === "upgrade" ? "due" : reason);
      await this.drainOrWarn();
      await save(reason, tags && { tags }).catch((error: unknown) => {
        ledger.moveIfLegal("gatewayDied", `${cause}: the memory could not be saved`); // and is started again
        throw error;
      });
    }
    ledger.update({ desired });
    await this.endContainer(cause);
    return { unsaved: null };
  }

  private async endContainer(cause: string): Promise<void> {
    const { box, ledger } = this.parts;
    if (await box.isRunning()) await box.destroy();
    ledger.moveIfLegal(ledger.current.state === "ready" ? "drain" : "stop", cause);
    ledger.update({ running: null });
  }

  private async drainOrWarn(): Promise<void> {
    await this.drain().catch((error: unknown) =>
      this.parts.log("warn", "the gateway was not drained", { reason: reasonOf(error) }),
    );
  }

  private async drain(): Promise<void> {
    const { gateway, dashboard, captureLogs, log, now, pause } = this.parts;
    await this.readSchedule();
    // It writes into the same home, and was configured as the gateway was.
    await dashboard
      .end()
      .catch((error: unknown) => log("warn", "the dashboard was not ended", { reason: reasonOf(error) }));
    const { clean } = await gateway.stop(now, pause);
    await captureLogs();
    if (!clean) log("warn", "the gateway ended without its mark of a clean shutdown");
  }
}

function whyUnsaved({ problem, outcome }: Saved): string {
  return problem ? `${problem.message} (${problem.code})` : outcome;
}
