import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Box } from "../sandbox/box.ts";
import type { Gateway } from "./gateway.ts";
import type { Desired } from "./lifecycle.ts";
import type { Ledger } from "./record.ts";

export interface RestParts {
  readonly box: Box;
  readonly gateway: Gateway;
  readonly ledger: Ledger;
  readonly keepSchedule: (text: string | null) => void;
  readonly captureLogs: () => Promise<void>;
  readonly log: Log;
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Puts the bot to rest: drains Hermes, keeps its schedule, ends the container. */
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
    return this.underWay.catch(() => {}); // whoever asked for the stop hears of its failure
  }

  /** Reads Hermes' schedule into the record and into storage: the disk goes with the container. */
  async readSchedule(): Promise<void> {
    const { gateway, ledger, keepSchedule } = this.parts;
    const { next, text } = await gateway.schedule();
    ledger.update({ nextJob: next });
    keepSchedule(text);
  }

  /** Ends the gateway and its container. A container that does not answer any more is ended all the same. */
  stop(desired: Desired, cause: string): Promise<void> {
    return this.inTurn(() => this.end(desired, cause));
  }

  /** Ends the gateway alone: it is started again with a new declaration, in the same container, over the same disk. */
  restGateway(cause: string): Promise<void> {
    return this.inTurn(async () => {
      await this.drain();
      this.parts.ledger.moveIfLegal("gatewayDied", cause);
    });
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    this.stops++;
    this.underWay = this.settled()
      .then(work)
      .finally(() => {
        this.stops--;
      });
    return this.underWay;
  }

  private async end(desired: Desired, cause: string): Promise<void> {
    const { box, ledger, log } = this.parts;
    ledger.update({ desired });
    if (await box.isRunning()) {
      await this.drain().catch((error) => log("warn", "the gateway was not drained", { reason: reasonOf(error) }));
      await box.destroy();
    }
    ledger.moveIfLegal(ledger.current.state === "ready" ? "drain" : "stop", cause);
    ledger.update({ running: null });
  }

  private async drain(): Promise<void> {
    const { gateway, captureLogs, log, now, pause } = this.parts;
    await this.readSchedule();
    const { clean } = await gateway.stop(now, pause);
    await captureLogs();
    if (!clean) log("warn", "the gateway ended without its mark of a clean shutdown");
  }
}
