import { DurableObject } from "cloudflare:workers";
import { isCodex } from "../bindings.ts";
import { dayOf } from "../days.ts";
import { declaration } from "../declaration.ts";
import { BotError } from "../errors.ts";
import { type Outcome, settle } from "../outcome.ts";
import { UsageBook, type UsedMonth } from "../usage/book.ts";
import type { Gap, Reading } from "../usage/reading.ts";
import { moment } from "../words.ts";
import { type Answer, type Ask, type Settlement, SpendBook } from "./book.ts";
import { type Scope, type SpendPolicy, scopes } from "./limits.ts";
import { inDollars } from "./modelPrice.ts";
import { priceOf, priceTable } from "./modelPrices.ts";
import { policyOf } from "./policy.ts";
import type { SpendReport, SpendStanding } from "./report.ts";

/** How long a request waits for others to leave room; Hermes' client gives up on silence after two minutes. */
const longestWaitMs = 45_000;

/** One a bot: what models cost, and who has to wait or stop for it; what is used of Cloudflare. */
export class Spend extends DurableObject {
  private readonly book: SpendBook;
  private readonly usage: UsageBook;
  private readonly policy: SpendPolicy;
  private readonly waiting = new Set<() => void>();
  /** Requests that wait, and whether they are wanted still. */
  private readonly wanted = new Map<string, boolean>();

  constructor(ctx: DurableObjectState, env: object, policy: SpendPolicy = policyOf(declaration)) {
    super(ctx, env);
    this.policy = policy;
    this.book = new SpendBook(ctx.storage.sql, policy.caps, () => Date.now());
    this.usage = new UsageBook(ctx.storage.sql, () => Date.now());
  }

  /** Grants a request, at once or when others have left room; not one that is released while it waits. */
  reserve(ask: Ask): Promise<Outcome<null>> {
    return settle(async () => {
      const until = Date.now() + longestWaitMs;
      this.wanted.set(ask.id, true);
      try {
        for (;;) {
          const answer = this.book.reserve(ask);
          if (answer.kind === "granted") break;
          if (answer.kind === "refused") throw refused(answer);
          if (Date.now() >= until) throw new BotError("spendBusy", {});
          await this.room(until - Date.now());
          if (this.wanted.get(ask.id) === false) throw new BotError("spendBusy", {});
        }
      } finally {
        this.wanted.delete(ask.id);
      }
      await this.watch();
      return null;
    });
  }

  settle(id: string, settlement: Settlement): void {
    this.book.settle(id, settlement);
    this.wake();
  }

  release(id: string): void {
    this.book.release(id);
    if (this.wanted.has(id)) this.wanted.set(id, false);
    this.wake();
  }

  /** A model without a price is asked for, and refused for it. */
  unpriced(model: string): void {
    this.book.unpriced(model);
  }

  /** Another cap until its period is over. */
  raise(scope: Scope, nanos: number): void {
    this.book.raise(scope, nanos);
    this.wake();
  }

  pause(): void {
    this.book.pause();
    this.wake();
  }

  resume(): void {
    this.book.resume();
    this.wake();
  }

  /** Of today and this month, for the alarms. */
  standing(): SpendStanding {
    this.book.expire();
    const standing = (["day", "month"] as const).map((scope) => {
      const { nanos: spent } = this.book.spent(scope);
      return { scope, spent, cap: this.book.capOf(scope) ?? null, declared: this.policy.caps[scope] ?? null };
    });
    const capped = scopes.some((scope) => this.book.capOf(scope) !== undefined);
    return { standing, unpriced: capped ? this.unpricedModels() : [], unknownPrice: this.policy.unknownPrice };
  }

  /** `month`: such as 2026-11. */
  report(month: string): SpendReport {
    return {
      ...this.standing(),
      ...{ month, today: dayOf(Date.now()), paused: this.book.paused, reserved: this.book.reserved() },
      ...{ sessionCap: this.book.capOf("session") ?? null, total: this.book.total(month) },
      ...{ byDay: this.book.by("day", month), byModel: this.book.by("model", month) },
      bySession: this.book.by("session", month),
      ...{ unpriced: this.unpricedModels(), prices: priceTable },
      unproxied: isCodex(declaration.model.default) ? declaration.model.default : null,
    };
  }

  /** Models that were asked for without a price, and have none yet. */
  private unpricedModels(): string[] {
    return this.book.unpricedModels().filter((id) => priceOf(id, this.policy.prices) === undefined);
  }

  /** What somebody has used of Cloudflare. */
  used(reading: Reading): void {
    this.usage.read(reading);
  }

  /** Nobody used the bot for a while. */
  idled(gap: Gap): void {
    this.usage.idled(gap);
  }

  /** What was used of Cloudflare in a month (`2026-11`), and the gaps between uses since a moment. */
  usedIn(month: string, gapsSince: number): UsedMonth {
    const { firstDay } = this.usage;
    return { parties: this.usage.month(month), firstDay, gaps: this.usage.gapsSince(gapsSince) };
  }

  /** Requests whose end nobody told are counted, and leave their room to others. */
  override async alarm(): Promise<void> {
    const next = this.book.expire();
    this.wake();
    if (next !== null) await this.ctx.storage.setAlarm(next);
  }

  private async watch(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) !== null) return;
    const next = this.book.expire();
    if (next !== null) await this.ctx.storage.setAlarm(next);
  }

  private room(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.waiting.add(done);
    });
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}

function refused({ refusal }: Extract<Answer, { kind: "refused" }>): BotError {
  const { because: scope, spent, cap, until } = refusal;
  if (scope === "paused") return new BotError("spendPaused", {});
  const end = until === null ? "another session begins" : moment(until);
  return new BotError("spendCapReached", { scope, spent: inDollars(spent), cap: inDollars(cap), until: end });
}
