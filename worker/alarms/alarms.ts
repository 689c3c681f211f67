import * as z from "zod";
import type { AgentRecord } from "../agent/record.ts";
import type { Vitals } from "../agent/vitals.ts";
import { type AlarmCode, type AlarmPolicy, alarmCodes, alarmPolicySchema } from "../declarationSchema.ts";
import { reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { MemoryReport } from "../snapshots/report.ts";
import type { SpendStanding } from "../spend/report.ts";
import type { KeyStorage } from "../storage.ts";
import { type AlarmLine, type AlarmsReport, type AlarmsTest, isAbout, type Subject, type Tried } from "./alarm.ts";
import { asAlarm, bookSchema, current, emptyBook, type News, type Sight, turn, withTold, withTried } from "./book.ts";
import { type AskHermes, canaryTurn, isDue, type LastCanary, lastCanarySchema } from "./canary.ts";
import { causes } from "./causes.ts";
import type { Channel } from "./channels/channel.ts";
import { type Facts, noTrouble, troubleSchema } from "./facts.ts";
import { sightOf } from "./findings.ts";
import { Healer, type HealerParts } from "./healer.ts";
import { type ModelEnd, modelCallsSchema, noModelCalls, withCall } from "./modelCalls.ts";
import { Newsroom } from "./newsroom.ts";
import { nextOf, type Origin } from "./notice.ts";
import { lastGood, neverRanWell, ranWellSchema, wayBack, withLook } from "./ranWell.ts";
import { Stored } from "./stored.ts";

/** A channel that has taken nothing for so long is a cause itself: the other channels tell of it. */
const channelFailsAfterMs = 5 * 60_000;
/** Urgent, and no fault of what runs: it would be so with any image and declaration. */
const notItsFault: readonly AlarmCode[] = ["modelFailing", "lookFailed", "drillFailed", "spendCapReached"];

export interface AlarmsParts {
  readonly storage: KeyStorage;
  /** Absent: every default. */
  readonly policy: AlarmPolicy | undefined;
  readonly origin: Origin;
  readonly drillDays: number;
  readonly record: () => AgentRecord;
  /** What is declared, to compare with what last ran well. */
  readonly declared: { readonly image: string; readonly declaration: string };
  readonly memory: () => MemoryReport;
  /** Someone stops, restarts or restores it: what is missing meanwhile is missing on purpose. */
  readonly moving: () => boolean;
  /** Null where there is no container to ask: asking would start one. */
  readonly vitals: () => Promise<Vitals | null>;
  /** Asks the object that keeps the sandboxes. */
  readonly exec: () => Promise<unknown>;
  /** What models have cost. */
  readonly spend: () => Promise<SpendStanding>;
  readonly ask: AskHermes;
  readonly channels: readonly Channel[];
  readonly busy: HealerParts["busy"];
  readonly remedies: HealerParts["remedies"];
  readonly inBackground: (what: string, work: () => Promise<unknown>) => void;
  /** Hides secrets in what is told. */
  readonly mask: (text: string) => string;
  readonly log: Log;
  readonly now: () => number;
}

/**
 * What is wrong, told to a person over another way than the agent's own. Has no timer: `Watch` calls {@link Alarms.look}
 * after each of its looks. All that it knows lies in the object's storage, so that a reset neither repeats nor loses a notice.
 */
export class Alarms {
  private readonly parts: AlarmsParts;
  private readonly policy: AlarmPolicy;
  private readonly book;
  private readonly trouble;
  private readonly models;
  private readonly canary;
  private readonly well;
  private readonly savedSince;
  private readonly newsroom: Newsroom;
  private readonly healer: Healer;
  private looking: Promise<void> | undefined;
  private turning = false;

  constructor(parts: AlarmsParts) {
    const { storage } = parts;
    this.parts = parts;
    this.policy = parts.policy ?? alarmPolicySchema.parse({});
    this.book = new Stored(storage, "alarms/book", bookSchema, emptyBook);
    this.trouble = new Stored(storage, "alarms/trouble", troubleSchema, noTrouble);
    this.models = new Stored(storage, "alarms/models", modelCallsSchema, noModelCalls);
    this.canary = new Stored(storage, "alarms/canary", lastCanarySchema.nullable(), null);
    this.well = new Stored(storage, "alarms/ranWell", ranWellSchema, neverRanWell);
    this.savedSince = new Stored(storage, "alarms/savedSince", z.number().nullable(), null);
    const told = (alarm: number, channel: string, problem: string | null) => {
      const at = new Date(parts.now()).toISOString();
      this.book.change((book) => withTold(book, alarm, { channel, at, problem }));
    };
    this.newsroom = new Newsroom({ ...parts, quietHours: this.policy.quietHours, told });
    this.healer = new Healer({ ...parts, tried: (subject, tried) => this.tried(subject, tried) });
  }

  /** The gateway, or its container, is gone unasked. */
  lost(what: string): void {
    const { now } = this.parts;
    this.trouble.change((trouble) => ({ ...trouble, lost: trouble.lost ?? { at: now(), what } }));
    this.parts.inBackground("a look at the alarms", () => this.look());
  }

  /** The gateway's process lives and does not answer. */
  silent(): void {
    const { now } = this.parts;
    this.trouble.change((trouble) => ({ ...trouble, silentSince: trouble.silentSince ?? now() }));
    this.parts.inBackground("a look at the alarms", () => this.look());
  }

  /** The gateway answers. */
  answered(): void {
    this.trouble.change((trouble) => ({ ...trouble, lost: null, silentSince: null }));
  }

  /** The gateway is gone, or silent, and has not answered since. */
  get isTroubled(): boolean {
    const { lost, silentSince } = this.trouble.value;
    return lost !== null || silentSince !== null;
  }

  /** How a start ended; noted where something was wrong that it may mend. A remedy notes its own. */
  started(outcome: string): void {
    if (this.healer.underWay) return;
    const at = new Date(this.parts.now()).toISOString();
    for (const code of ["gatewayDown", "gatewayWedged", "notStarting", "gaveUp"] as const) {
      this.tried({ code, about: "" }, { at, what: "it was started again", outcome: this.parts.mask(outcome) });
    }
  }

  /** How a look of `Watch` ended: null = it did not throw. */
  looked(problem: string | null): void {
    this.trouble.change((trouble) =>
      problem === null
        ? { ...trouble, failedLooks: 0, lookProblem: null }
        : { ...trouble, failedLooks: trouble.failedLooks + 1, lookProblem: this.parts.mask(problem) },
    );
  }

  /** How a call of the model ended. */
  modelAnswered(end: ModelEnd): void {
    const problem = end.problem && this.parts.mask(end.problem);
    this.models.change((calls) => withCall(calls, { ...end, problem }, this.parts.now()));
  }

  /** An operator restarts or wakes it: what was tried before counts no more. */
  operatorActed(): void {
    this.healer.reset();
  }

  /** Looks once; parallel callers share the look. Never throws: what it meets becomes an alarm. */
  look(): Promise<void> {
    this.looking ??= this.lookOnce()
      .catch((error: unknown) => this.blind(reasonOf(error)))
      .finally(() => {
        this.looking = undefined;
      });
    return this.looking;
  }

  /** When something waits to be told or seen again, milliseconds since the epoch; null: nothing does. */
  get nextDue(): number | null {
    return this.newsroom.nextDue;
  }

  /** A line for each alarm that is raised. */
  get lines(): AlarmLine[] {
    return current(this.book.value).map(({ code, about, what, since }) => ({
      ...{ code, about, what },
      since: new Date(since).toISOString(),
    }));
  }

  report(): AlarmsReport {
    const book = this.book.value;
    const good = lastGood(this.well.value);
    const canary = this.canary.value;
    const shown = (over: boolean) => (entry: (typeof book.past)[number]) =>
      asAlarm(entry, nextOf(entry.code, this.parts.origin), over);
    return {
      current: current(book).map(shown(false)),
      past: book.past.map(shown(true)),
      ...this.newsroom.report,
      breaker: this.healer.report,
      ranWell: good && { ...good, from: new Date(good.from).toISOString(), until: new Date(good.until).toISOString() },
      canary: canary && {
        ...{ problem: canary.problem, tokens: canary.tokens, tokensToday: canary.tokensToday, ms: canary.ms },
        at: new Date(canary.at).toISOString(),
      },
    };
  }

  /** Sends a test to each channel now, past queue and quiet hours. */
  test(): Promise<AlarmsTest> {
    return this.newsroom.test();
  }

  private async lookOnce(): Promise<void> {
    const { now, inBackground } = this.parts;
    const facts = await this.facts();
    this.settle(sightOf(facts, this.policy.limits), now());
    const raised = current(this.book.value);
    if (facts.state === "ready" && !facts.moving) {
      this.healer.act(raised);
      this.noteWell();
      this.chirp(facts);
    }
    inBackground("telling alarms", () => this.newsroom.send());
  }

  /** Everything of one look is stored at once: no notice without its alarm, no alarm without its notice. */
  private settle(sight: Sight, now: number): void {
    const { mask, declared, origin } = this.parts;
    const present = sight.present.map((found) => ({ ...found, what: mask(found.what) }));
    const { book, news } = turn(this.book.value, { ...sight, present }, this.policy, now);
    this.book.put(book);
    const way = (item: News) =>
      item.kind === "raised" && ["gaveUp", "notStarting"].includes(item.entry.code)
        ? wayBack(this.well.value, declared, origin.stack)
        : undefined;
    this.newsroom.take(news.map((item) => ({ item, more: way(item) })));
    for (const { kind, entry } of news) if (kind === "resolved") this.healer.over(entry);
  }

  private async facts(): Promise<Facts> {
    const { parts, trouble } = this;
    const { now, record, mask } = parts;
    const { state, desired } = record();
    const isUp = state === "ready" && desired === "running" && !this.isMoving() && trouble.value.silentSince === null;
    const [vitals, exec] = isUp
      ? await Promise.all([
          parts.vitals().catch((error: unknown) => mask(reasonOf(error))),
          parts.exec().then(
            () => null,
            (error: unknown) => mask(reasonOf(error)),
          ),
        ])
      : [null, null];
    const spend = await parts.spend().catch((error: unknown) => {
      parts.log("warn", "what models have cost could not be asked", { reason: reasonOf(error) });
      return null;
    });
    const memory = parts.memory();
    if (memory.promoted !== null && this.savedSince.value === null) this.savedSince.put(now());
    const { since, failures, lastError, nextJob, state: stateNow, desired: desiredNow } = record();
    return {
      ...{ now: now(), state: stateNow, stateSince: since, desired: desiredNow, failures, lastError, nextJob },
      moving: this.isMoving(),
      ...{ trouble: trouble.value, vitals, memory, exec },
      savedSince: this.savedSince.value,
      drillDays: parts.drillDays,
      ...{ models: this.models.value, spend },
      canary: this.policy.canaryMinutes === undefined ? null : this.canary.value,
      channels: this.newsroom.failing(channelFailsAfterMs),
    };
  }

  private isMoving(): boolean {
    return this.parts.moving() || this.healer.underWay;
  }

  /** What runs without an urgent alarm runs well. */
  private noteWell(): void {
    const { record, now } = this.parts;
    const { running } = record();
    const urgent = current(this.book.value).some(({ code }) => !notItsFault.includes(code) && causes[code].urgent);
    if (running === null || urgent) return;
    const { image, declaration, hermes = null } = running;
    this.well.change((well) => withLook(well, { image, declaration, hermes }, now()));
  }

  /** The canary sings when it is due. */
  private chirp({ now }: Facts): void {
    const { canaryMinutes } = this.policy;
    const { inBackground, ask, mask } = this.parts;
    if (canaryMinutes === undefined || this.turning || !isDue(this.canary.value, canaryMinutes, now)) return;
    this.turning = true;
    inBackground("the canary's turn", async () => {
      try {
        const turned = await canaryTurn(ask, this.canary.value, this.parts.now);
        const problem = turned.problem && mask(turned.problem);
        this.canary.put({ ...turned, problem } satisfies LastCanary);
      } finally {
        this.turning = false;
      }
    });
  }

  private tried(subject: Subject, tried: Tried): void {
    this.book.change((book) =>
      book.entries.some((entry) => isAbout(entry, subject)) ? withTried(book, subject, tried) : book,
    );
  }

  /** A look that throws says so itself: all other causes stay as they are. */
  private blind(reason: string): void {
    const { log, now, inBackground } = this.parts;
    log("error", "a look at the alarms failed", { reason });
    const present = [{ code: "lookFailed" as const, about: "", what: `A look at the bot failed: ${reason}` }];
    this.settle({ present, unknown: new Set(alarmCodes) }, now());
    inBackground("telling alarms", () => this.newsroom.send());
  }
}
