import type { Log } from "../log.ts";
import type { Gateway } from "./gateway.ts";
import type { GatewayLog } from "./gatewayLog.ts";
import type { Ledger } from "./record.ts";
import type { Vitals } from "./vitals.ts";

/** Lines of Hermes' log files that come with a look. */
const linesOfALook = 300;
/** Whoever asks within one look of `Watch` gets what it saw. */
const freshForMs = 10_000;

export interface SightParts {
  readonly gateway: Pick<Gateway, "vitals">;
  readonly gatewayLog: Pick<GatewayLog, "keep">;
  readonly ledger: Ledger;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * What a look into the container of a ready bot shows: one program a minute, whose answer is the next job, new lines of the log,
 * and what alarms go by.
 */
export class Sight {
  private readonly parts: SightParts;
  private seen: { readonly at: number; readonly vitals: Vitals } | undefined;

  constructor(parts: SightParts) {
    this.parts = parts;
  }

  /** Looks, and writes down the next job and the log. */
  async take(): Promise<void> {
    const { gateway, gatewayLog, ledger, log, now } = this.parts;
    const vitals = await gateway.vitals(linesOfALook);
    this.seen = { at: now(), vitals };
    if (vitals.scheduleProblem === null) ledger.update({ nextJob: vitals.next });
    else
      log("warn", "the schedule could not be read: the next job stays as it was", { reason: vitals.scheduleProblem });
    gatewayLog.keep(vitals.lines);
  }

  /** What was seen just now, else another look. */
  async vitals(): Promise<Vitals> {
    const { gateway, now } = this.parts;
    const { seen } = this;
    this.seen = undefined;
    return seen !== undefined && now() - seen.at < freshForMs ? seen.vitals : gateway.vitals();
  }
}
