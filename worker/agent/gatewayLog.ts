import { reasonOf } from "../errors.ts";
import type { Log, LogLevel } from "../log.ts";
import type { Gateway } from "./gateway.ts";
import type { Journal } from "./journal.ts";
import type { RecordStorage } from "./record.ts";

/** Lines of Hermes' log files that are looked at each time. */
const capturedLines = 300;

export interface GatewayLogParts {
  readonly gateway: Gateway;
  readonly journal: Journal;
  readonly storage: RecordStorage;
  readonly log: Log;
}

/** Brings Hermes' log files into the journal: the container's disk goes with the container. */
export class GatewayLog {
  private readonly parts: GatewayLogParts;

  constructor(parts: GatewayLogParts) {
    this.parts = parts;
  }

  /** Lines that are not in the journal yet. Never throws: a log that cannot be read is said in the Worker's own. */
  async capture(): Promise<void> {
    const { gateway, journal, storage, log } = this.parts;
    const last = storage.get("lastLogAt");
    const seen = typeof last === "string" ? last : "";
    const lines = await gateway.logs(capturedLines).catch((error: unknown) => {
      log("warn", "the gateway's log could not be read", { reason: reasonOf(error) });
      return [];
    });
    const fresh = lines.filter(({ at }) => at > seen);
    for (const { at, level, text } of fresh) journal.add("gateway", levelOf(level), [text], new Date(at));
    const newest = fresh.at(-1)?.at;
    if (newest) storage.put("lastLogAt", newest);
  }
}

/** Hermes' level names are Python's. */
function levelOf(name: string): LogLevel {
  if (/error|critical/i.test(name)) return "error";
  return /warn/i.test(name) ? "warn" : "info";
}
