import { reasonOf } from "../errors.ts";
import type { Log, LogLevel } from "../log.ts";
import type { Gateway } from "./gateway.ts";
import type { Journal } from "./journal.ts";
import type { RecordStorage } from "./record.ts";

/** Lines of Hermes' log files that are looked at each time. */
const capturedLines = 300;
/** Whoever follows the log asks each second; each look is a program that starts in the container. */
const freshForMs = 3_000;

/** A record of Hermes' log. */
export interface LogRecord {
  /** ISO 8601. */
  readonly at: string;
  readonly level: string;
  readonly text: string;
}

export interface GatewayLogParts {
  readonly gateway: Pick<Gateway, "logs">;
  readonly journal: Pick<Journal, "add">;
  readonly storage: RecordStorage;
  readonly log: Log;
  readonly now: () => number;
}

/** Brings Hermes' log files into the journal: the container's disk goes with the container. */
export class GatewayLog {
  private readonly parts: GatewayLogParts;
  private refreshing: Promise<void> | undefined;
  private refreshedAt = 0;

  constructor(parts: GatewayLogParts) {
    this.parts = parts;
  }

  /** Lines that are not in the journal yet. Never throws: a log that cannot be read is said in the Worker's own. */
  async capture(): Promise<void> {
    const { gateway, log } = this.parts;
    const lines = await gateway.logs(capturedLines).catch((error: unknown) => {
      log("warn", "the gateway's log could not be read", { reason: reasonOf(error) });
      return [];
    });
    this.keep(lines);
  }

  /** Takes what is new of the last lines, oldest first. */
  keep(lines: readonly LogRecord[]): void {
    const { journal, storage } = this.parts;
    // Read after the wait: another look may have brought some of them meanwhile.
    const last = storage.get("lastLogAt");
    const seen = typeof last === "string" ? last : "";
    const fresh = lines.filter(({ at }) => at > seen);
    for (const { at, level, text } of fresh) journal.add("gateway", levelOf(level), [text], new Date(at));
    const newest = fresh.at(-1)?.at;
    if (newest) storage.put("lastLogAt", newest);
  }

  /** The same for somebody who reads: not more often than every three seconds, shared by all who ask meanwhile. */
  async refresh(): Promise<void> {
    const { now } = this.parts;
    if (this.refreshing === undefined && now() - this.refreshedAt < freshForMs) return;
    this.refreshing ??= this.capture().finally(() => {
      this.refreshing = undefined;
      this.refreshedAt = now();
    });
    await this.refreshing;
  }
}

/** Hermes' level names are Python's. */
function levelOf(name: string): LogLevel {
  if (/error|critical/i.test(name)) return "error";
  return /warn/i.test(name) ? "warn" : "info";
}
