import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { KeyStorage } from "../storage.ts";
import type { AlarmsReport, Subject, Tried } from "./alarm.ts";
import type { Entry } from "./book.ts";
import * as breaker from "./breaker.ts";
import { causes } from "./causes.ts";

const storedAs = "alarms/fuses";

export interface HealerParts {
  readonly storage: KeyStorage;
  /** A new gateway in the same container; and a new container, whose memory is saved first. */
  readonly remedies: Readonly<Record<breaker.Remedy["kind"], (cause: string) => Promise<{ ms: number }>>>;
  /** Whether Hermes works on something; undefined when it does not answer. */
  readonly busy: () => Promise<boolean | undefined>;
  /** Notes in the book what was done about a cause. */
  readonly tried: (subject: Subject, tried: Tried) => void;
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Mends what the bot's own starts do not see: a gateway that is up and wedged, or deaf. One remedy at a time. */
export class Healer {
  private readonly parts: HealerParts;
  private working = false;

  constructor(parts: HealerParts) {
    this.parts = parts;
  }

  /** A remedy is under way: what is missing meanwhile is missing on purpose. */
  get underWay(): boolean {
    return this.working;
  }

  /** Begins what there is to do about the alarms that are raised now. */
  act(raised: readonly Entry[]): void {
    const { now, storage } = this.parts;
    const before = this.fuses;
    this.keep(breaker.swept(before, now()), before);
    if (this.working) return;
    const entry = raised.find(({ code, goneAt }) => causes[code].remedied && goneAt === null);
    if (entry === undefined) return;
    const step = breaker.nextStep(breaker.fuseOf(this.fuses, entry), now());
    if (step === "open") {
      storage.put(storedAs, breaker.withStep(this.fuses, entry, step, now()));
      this.note(entry, "nothing more by itself", "a new container has not helped either; it waits for an operator");
    }
    if (step === "gateway" || step === "container") this.begin(entry, step);
  }

  /** A cause is gone: the fuse closes. */
  over(subject: Subject): void {
    const before = this.fuses;
    this.keep(breaker.closed(before, subject), before);
  }

  /** An operator acted: everything may be tried again. */
  reset(): void {
    this.keep([], this.fuses);
  }

  get report(): AlarmsReport["breaker"] {
    return this.fuses.map(({ code, about, open, remedies }) => ({
      cause: breaker.causeName(code, about),
      open,
      remedies: remedies.map(({ kind, at, outcome }) => ({
        at: new Date(at).toISOString(),
        what: names[kind],
        outcome: outcome ?? "under way, or cut by a reset",
      })),
    }));
  }

  private begin(entry: Entry, kind: breaker.Remedy["kind"]): void {
    this.working = true;
    this.parts.inBackground("a remedy", () =>
      this.remedy(entry, kind).finally(() => {
        this.working = false;
      }),
    );
  }

  private async remedy(entry: Entry, kind: breaker.Remedy["kind"]): Promise<void> {
    const { remedies, busy, storage, now, log } = this.parts;
    const patient = entry.code !== "gatewayWedged" && now() - (entry.raisedAt ?? now()) < breaker.patienceMs;
    if (patient && (await busy()) === true) return; // the next look asks again
    storage.put(storedAs, breaker.withStep(this.fuses, entry, kind, now()));
    log("warn", `self-healing: ${names[kind]}`, { cause: entry.code, about: entry.about });
    const outcome = await remedies[kind](`self-healing of ${breaker.causeName(entry.code, entry.about)}`).then(
      ({ ms }) => `ready after ${Math.round(ms / 1000)} seconds`,
      (error: unknown) => `it failed: ${reasonOf(error)}`,
    );
    storage.put(storedAs, breaker.withOutcome(this.fuses, entry, outcome));
    this.note(entry, names[kind], outcome);
  }

  private note(subject: Subject, what: string, outcome: string): void {
    this.parts.tried(subject, { at: new Date(this.parts.now()).toISOString(), what, outcome });
  }

  private get fuses(): breaker.Fuse[] {
    return breaker.fusesSchema.safeParse(this.parts.storage.get(storedAs)).data ?? [];
  }

  private keep(fuses: breaker.Fuse[], before: breaker.Fuse[]): void {
    if (JSON.stringify(fuses) !== JSON.stringify(before)) this.parts.storage.put(storedAs, fuses);
  }
}

const names = { gateway: "a new gateway", container: "a new container" } as const;
