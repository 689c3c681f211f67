import * as z from "zod";
import type { Log } from "../log.ts";
import type { KeyStorage } from "../storage.ts";
import type { Alarms } from "./alarms.ts";
import type { CareKind } from "./careBoxes.ts";
import { passedIn, tidiedIn, whyNot } from "./careResult.ts";
import type { CareTimes } from "./careSchedule.ts";
import type { RunEnd } from "./runs.ts";

const problemSchema = z.object({ code: z.string(), message: z.string() }).nullable();
const count = z.number().nullable();

export const lastCareSchema = z.object({
  /** When it ended, ISO 8601. */
  at: z.string(),
  done: z.boolean(),
  kept: count,
  forgotten: count,
  freedBytes: count,
  ms: z.number(),
  problem: problemSchema,
});
export type LastCare = z.infer<typeof lastCareSchema>;

export const lastDrillSchema = z.object({
  /** When it ended, ISO 8601. */
  at: z.string(),
  passed: z.boolean(),
  snapshot: z.string(),
  sessions: count,
  messages: count,
  memories: count,
  ms: z.number(),
  problem: problemSchema,
});
export type LastDrill = z.infer<typeof lastDrillSchema>;

const timesSchema = z.object({ since: z.number(), attemptedAt: z.number().nullable(), failures: z.number() });

export interface CareNotesParts {
  readonly storage: KeyStorage;
  readonly alarms: Alarms;
  readonly log: Log;
  readonly now: () => number;
}

/** What is remembered of care and drills: the last of each, the times that the next one goes by, alarms. */
export class CareNotes {
  private readonly parts: CareNotesParts;

  constructor(parts: CareNotesParts) {
    this.parts = parts;
  }

  get lastCare(): LastCare | null {
    return lastCareSchema.safeParse(this.parts.storage.get("last-care")).data ?? null;
  }

  get lastDrill(): LastDrill | null {
    return lastDrillSchema.safeParse(this.parts.storage.get("last-drill")).data ?? null;
  }

  /** Its first question starts the time: a bot that is new has nothing to prove yet. */
  times(kind: CareKind): CareTimes {
    const { storage, now } = this.parts;
    const known = timesSchema.safeParse(storage.get(`${kind}-times`)).data;
    return known ?? this.keep(kind, { since: now(), attemptedAt: null, failures: 0 });
  }

  /** How care ended. */
  care(end: RunEnd): void {
    const { storage, log } = this.parts;
    const tidied = tidiedIn(end);
    const last: LastCare = {
      ...this.ended(end, tidied === undefined),
      done: tidied !== undefined,
      kept: tidied?.kept ?? null,
      forgotten: tidied?.forgotten ?? null,
      freedBytes: tidied?.freedBytes ?? null,
    };
    storage.put("last-care", last);
    if (last.problem) this.failed("care", last.problem);
    else {
      log("info", "the repository is tidied", { kept: last.kept, forgotten: last.forgotten });
      this.done("care");
    }
  }

  /** How a drill ended. */
  drill(end: RunEnd): void {
    const { storage, log } = this.parts;
    const passed = passedIn(end);
    const last: LastDrill = {
      ...this.ended(end, passed === undefined),
      passed: passed !== undefined,
      snapshot: end.run.about.snapshot ?? "",
      sessions: passed?.sessions ?? null,
      messages: passed?.messages ?? null,
      memories: passed?.memories ?? null,
    };
    storage.put("last-drill", last);
    if (last.problem) this.failed("drill", last.problem);
    else {
      log("info", "a drill passed", { snapshot: last.snapshot, sessions: last.sessions, memories: last.memories });
      this.done("drill");
    }
  }

  /** An alarm for a person, and the next try after a pause. */
  failed(kind: CareKind, { code, message }: { readonly code: string; readonly message: string }): void {
    this.parts.log("warn", `${kind} failed`, { code, message });
    if (kind !== "care" && kind !== "drill") return; // whoever asked for it hears of it
    this.postponed(kind);
    this.parts.alarms.raise(`${kind}_failed`, `${message} (${code})`);
  }

  /** It is tried again after a pause. */
  postponed(kind: CareKind): void {
    const { since, failures } = this.times(kind);
    this.keep(kind, { since, attemptedAt: this.parts.now(), failures: failures + 1 });
  }

  private done(kind: CareKind): void {
    const { alarms, now } = this.parts;
    alarms.clear(`${kind}_failed`);
    this.keep(kind, { since: now(), attemptedAt: now(), failures: 0 });
  }

  private ended(end: RunEnd, badly: boolean) {
    const { now } = this.parts;
    const { code, message } = whyNot(end);
    const problem = badly ? { code, message } : null;
    return { at: new Date(now()).toISOString(), ms: Math.max(0, now() - end.run.startedAt), problem };
  }

  private keep(kind: CareKind, times: CareTimes): CareTimes {
    this.parts.storage.put(`${kind}-times`, times);
    return times;
  }
}
