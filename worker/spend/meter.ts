import type { ProviderName } from "../bindings.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Chunks } from "../rejoined.ts";
import type { Ask, Settlement } from "./book.ts";
import type { SpendPolicy } from "./limits.ts";
import type { ModelPrice } from "./modelPrice.ts";
import { priceOf } from "./modelPrices.ts";
import { costOf, noTokens, type Reported } from "./tokens.ts";
import { UsageReader } from "./usageReader.ts";
import { type Bounds, boundsOf, worstCase } from "./worstCase.ts";

/** Of a model that nobody knows the price of: its requests and tokens count, and a pause holds it; its dollars only where the provider says them. */
const noPrice: ModelPrice = { input: 0, output: 0 };

/** The object that counts, as the proxy calls it. */
export interface Counter {
  /** Waits for its turn where requests under way may take what is left. @throws BotError where the request may not be made */
  reserve(ask: Ask): Promise<void>;
  settle(id: string, settlement: Settlement): Promise<void>;
  release(id: string): Promise<void>;
  /** A model without a price is asked for. @throws BotError where no model may be asked */
  unpriced(model: string): Promise<void>;
}

export interface MeterParts {
  readonly counter: Counter;
  readonly policy: SpendPolicy;
  /** Lets work end after the answer has. */
  readonly inBackground: (work: Promise<void>) => void;
  readonly log: Log;
}

/** Of one model request: which model, what is sent, and for whom. */
export interface ModelRequest {
  readonly provider: ProviderName;
  readonly model: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it is sent. */
  readonly text: string;
  /** Hermes' session, "" where none is known. */
  readonly session: string;
}

/** Counts what model requests cost, and holds them to the caps. */
export class Meter {
  private readonly parts: MeterParts;

  constructor(parts: MeterParts) {
    this.parts = parts;
  }

  /** Reserves what the request may cost. Undefined where it is not counted. @throws BotError where it may not be made */
  async begin({ provider, model, body, text, session }: ModelRequest): Promise<Run | undefined> {
    const { counter, policy, inBackground, log } = this.parts;
    const id = `${provider}/${model}`;
    const known = priceOf(id, policy.prices);
    if (known === undefined) await this.unpriced(id);
    const price = known ?? noPrice;
    const isPriority = body.service_tier === "priority";
    const bounds = boundsOf(body, text, price);
    const ask = { id: crypto.randomUUID(), session, model: id, worst: worstCase(bounds, price, isPriority) };
    if (!(await this.reserved(ask))) return undefined;
    const told = (work: Promise<void>) =>
      inBackground(
        work.catch((error: unknown) =>
          log("warn", "the cost of a model request was not told; it counts with the most that it can be", {
            reason: reasonOf(error),
          }),
        ),
      );
    return new Run(ask, { counter, price, bounds, isPriority, saysCharge: provider === "openrouter", told });
  }

  /** @throws BotError where a model without a price may not be asked */
  private async unpriced(model: string): Promise<void> {
    const { counter, policy, log } = this.parts;
    await counter.unpriced(model).catch((error: unknown) => {
      if (error instanceof BotError) throw error;
      log("warn", "the object that counts does not answer: a model without a price is not noted", {
        reason: reasonOf(error),
      });
    });
    if (policy.unknownPrice === "refuse") throw new BotError("modelUnpriced", { model });
  }

  /** False where nobody counts, and no cap wants it. @throws BotError where it may not be made, or a cap cannot be held */
  private async reserved(ask: Ask): Promise<boolean> {
    const { counter, policy, log } = this.parts;
    try {
      await counter.reserve(ask);
      return true;
    } catch (error) {
      if (error instanceof BotError) throw error;
      const reason = reasonOf(error);
      if (Object.keys(policy.caps).length > 0) throw new BotError("spendUnreachable", { reason });
      log("warn", "a model request is not counted: the object that counts does not answer", { reason });
      return false;
    }
  }
}

interface RunParts {
  readonly counter: Counter;
  readonly price: ModelPrice;
  readonly bounds: Bounds;
  readonly isPriority: boolean;
  /** Whether what the provider says that it charges, is what it charges. */
  readonly saysCharge: boolean;
  readonly told: (work: Promise<void>) => void;
}

/** A request that may be made, until its cost is told. */
export class Run {
  private readonly ask: Ask;
  private readonly parts: RunParts;
  private isOver = false;

  constructor(ask: Ask, parts: RunParts) {
    this.ask = ask;
    this.parts = parts;
  }

  /** The provider refused it, or was never reached: it costs nothing. */
  refused(): void {
    this.end(() => this.parts.counter.release(this.ask.id));
  }

  /** Answered by somebody who asked no provider: it counts, and costs nothing. */
  free(): void {
    this.settle({ nanos: 0, tokens: noTokens, estimated: false });
  }

  /** Nobody will know what came of it. */
  lost(): void {
    this.settle({ nanos: this.ask.worst, tokens: noTokens, estimated: true });
  }

  /** The answer, as it passes: its end, whole or cut, settles the cost. */
  counted(reader: Chunks, contentType: string | null): Chunks {
    const usage = new UsageReader(contentType);
    const over = () => this.over(usage.end(), usage.saidBytes);
    return {
      read: async () => {
        try {
          const next = await reader.read();
          if (next.done) over();
          else usage.push(next.value);
          return next;
        } catch (error) {
          over();
          throw error;
        }
      },
      cancel: async (reason) => {
        over();
        await reader.cancel(reason);
      },
    };
  }

  /** By what was reported; where that is nothing, or cannot be, by what was sent and what was said. */
  private over(reported: Reported | undefined, saidBytes: number): void {
    const { price, bounds, isPriority, saysCharge } = this.parts;
    const { tokens = noTokens } = reported ?? {};
    const charged = saysCharge ? reported?.charged : undefined;
    const prompt = tokens.input + tokens.cacheRead + tokens.cacheWrite + tokens.cacheWriteHour;
    const isWhole = prompt > 0 && (tokens.output > 0 || saidBytes === 0);
    if (isWhole) {
      this.settle({ nanos: charged ?? costOf(tokens, price, isPriority), tokens, estimated: false });
      return;
    }
    const seen = {
      ...tokens,
      ...(prompt === 0 && { input: bounds.prompt }),
      output: Math.max(tokens.output, Math.min(saidBytes, bounds.output)),
    };
    this.settle({ nanos: costOf(seen, price, isPriority), tokens: seen, estimated: true });
  }

  private settle(settlement: Settlement): void {
    this.end(() => this.parts.counter.settle(this.ask.id, settlement));
  }

  private end(tell: () => Promise<void>): void {
    if (this.isOver) return;
    this.isOver = true;
    this.parts.told(tell());
  }
}
