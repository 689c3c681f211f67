/** A month's amounts, as Cloudflare would bill them, from what was counted. */
import { assumed } from "../cost/estimate.ts";
import { type Counted, counted, type Usage } from "../cost/prices.ts";
import { beginOf, endOf } from "../days.ts";
import type { Used } from "./book.ts";
import type { Measured } from "./reading.ts";

/** What nothing in a Worker can count: it is worked out from what was, by what the estimate assumes. */
export const derived = [
  "workerCpuMs",
  "objectGbSeconds",
  "objectStoredGb",
  "rowsRead",
  "rowsWritten",
] as const satisfies readonly Counted[];

/**
 * Amounts of a month (`2026-11`), `times` what was counted. Levels stand for the whole month; what lies in the bucket is billed for
 * the part of it that has passed.
 */
export function monthUsage(parties: readonly Used[], month: string, now: number, times = 1): Usage {
  const sum = (what: Measured) => parties.reduce((all, { amounts }) => all + (amounts[what] ?? 0), 0) * times;
  const [workerRequests, objectRequests] = [sum("workerRequests"), sum("objectRequests")];
  const perObjectRequest = (perChat: number) => (objectRequests / assumed.objectRequestsPerChat) * perChat;
  const stored = Math.max(0, ...parties.map(({ levels }) => levels.storedBytes ?? 0)) / 1e9;
  const passed = Math.min(1, ((now - beginOf(month)) / (endOf("month", beginOf(month)) - beginOf(month))) * times);
  const known: Partial<Usage> = {
    workerCpuMs: workerRequests * assumed.workerCpuMsPerRequest,
    objectGbSeconds: sum("containerSeconds") * assumed.objectsPerContainer * assumed.objectGb,
    objectStoredGb: assumed.objectsStoredGb,
    rowsRead: perObjectRequest(assumed.rowsReadPerChat),
    rowsWritten: perObjectRequest(assumed.rowsWrittenPerChat),
    r2StoredGb: stored * passed,
    // The platform writes a line of its own for each request.
    logEvents: sum("logEvents") + workerRequests + objectRequests,
  };
  return Object.fromEntries(counted.map((what) => [what, known[what] ?? sum(what)])) as Record<Counted, number>;
}
