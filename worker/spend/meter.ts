import type { ProviderName } from "../bindings.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Chunks } from "../rejoined.ts";
import type { Ask, Settlement } from "./book.ts";
import type { SpendPolicy } from "./limits.ts";
import type { ModelPrice } from "./modelPrice.ts";
import { priceOf } from "./modelPrices.ts";
import { askedSpeed, priceAt, type Speed } from "./speed.ts";
import { costOf, noTokens, promptOf, type Reported } from "./tokens.ts";
import { UsageReader } from "./usageReader.ts";
import { type Bounds, boundsOf, worstCase } from "./worstCase.ts";

/** Of a model that nobody knows the price of: its requests and tokens count, and a pause holds it; its dollars only where the provider says them. */
const noPrice: ModelPrice = { input: 0, output: 0 };
/** Tokens a second that a hosted model says at most, as its providers tell; what it thinks it need not show. */
const mostTokensPerSecond = 300;

/** The object that counts, as the proxy calls it. */
export interface Counter {
  /** Waits for its turn where requests under way may take what is left. @throws BotError where the request may not be made */
  reserve(ask: Ask): Promise<void>;
  settle(id: string, settlement: Settlement): Promise<void>;
  release(id: string): Promise<void>;
  /** A model without a price is asked for, and refused for it. */
  unpriced(model: string): Promise<void>;
}

export interface MeterParts {
  readonly counter: Counter;
  readonly policy: SpendPolicy;
  /** Lets work end after the answer has. */
  readonly inBackground: (work: Promise<void>) => void;
  readonly log: Log;
  readonly now: () => number;
}

/** Of one model request: which model, what is sent, and for whom. */
export interface ModelRequest {
  readonly provider: ProviderName;
  readonly model: string;
  /** Where it is sent to, as the proxy is asked: `/v1/chat/completions`. */
  readonly path: string;
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

  /** Reserves what the request may cost, unless its client leaves (`signal`) while it waits. @throws BotError where it may not be made */
  async begin(request: ModelRequest, signal: AbortSignal): Promise<Run> {
    const { counter, policy, inBackground, log, now } = this.parts;
    const { provider, model, body, session } = request;
    // Speeds of an endpoint of one's own are its own affair, as its prices are.
    const speed = provider === "custom" ? "usual" : askedSpeed(body);
    const models = [model, ...fallbacksIn(request)].map((name) => {
      const id = `${provider}/${name}`;
      const known = priceOf(id, policy.prices);
      const price = known ?? noPrice;
      const bounds = boundsOf(request, price);
      return { id, isUnpriced: known === undefined, price, bounds, worst: worstCase(bounds, priceAt(price, speed)) };
    });
    const unpriced = models.find(({ isUnpriced }) => isUnpriced);
    if (unpriced !== undefined && policy.unknownPrice === "refuse") await this.refuse(unpriced.id);
    const { price, bounds, worst } = models.reduce((dearest, one) => (one.worst > dearest.worst ? one : dearest));
    const ask: Ask = {
      ...{ id: crypto.randomUUID(), session, model: `${provider}/${model}`, worst },
      ...(unpriced !== undefined && { unpriced: unpriced.id }),
    };
    const left = () => this.giveBack(ask);
    signal.addEventListener("abort", left, { once: true });
    await this.reserve(ask).finally(() => signal.removeEventListener("abort", left));
    const told = (work: Promise<void>) =>
      inBackground(
        work.catch((error: unknown) =>
          log("warn", "the cost of a model request was not told; it counts with the most that it can be", {
            reason: reasonOf(error),
          }),
        ),
      );
    return new Run(ask, { counter, price, bounds, speed, provider, told, now });
  }

  /** @throws BotError always: a model without a price may not be asked */
  private async refuse(model: string): Promise<never> {
    const { counter, log } = this.parts;
    await counter.unpriced(model).catch((error: unknown) => {
      log("warn", "the object that counts does not answer: a model without a price is not noted", {
        reason: reasonOf(error),
      });
    });
    throw new BotError("modelUnpriced", { model });
  }

  /**
   * An object that does not answer may have granted it all the same. Where no cap wants an answer the request is made: its end is counted
   * if so. @throws BotError where it may not be made, or a cap cannot be held
   */
  private async reserve(ask: Ask): Promise<void> {
    const { counter, policy, log } = this.parts;
    try {
      await counter.reserve(ask);
    } catch (error) {
      if (error instanceof BotError) throw error;
      const reason = reasonOf(error);
      if (Object.keys(policy.caps).length === 0) {
        log("warn", "a model request may not be counted: the object that counts does not answer", { reason });
        return;
      }
      this.giveBack(ask);
      throw new BotError("spendUnreachable", { reason });
    }
  }

  private giveBack({ id }: Ask): void {
    const { counter, inBackground, log } = this.parts;
    const back = counter.release(id).catch((error: unknown) => {
      log("warn", "a reservation may stand for half an hour: nobody took it back", { reason: reasonOf(error) });
    });
    inBackground(back);
  }
}

/** OpenRouter asks these where the named model does not answer. */
function fallbacksIn({ provider, body }: ModelRequest): readonly string[] {
  const { models } = body;
  return provider === "openrouter" && Array.isArray(models) ? models.filter((name) => typeof name === "string") : [];
}

interface RunParts {
  readonly counter: Counter;
  readonly price: ModelPrice;
  readonly bounds: Bounds;
  /** As it was asked. */
  readonly speed: Speed;
  readonly provider: ProviderName;
  readonly told: (work: Promise<void>) => void;
  readonly now: () => number;
}

/** A request that may be made, until its cost is told. */
export class Run {
  private readonly ask: Ask;
  private readonly parts: RunParts;
  private readonly startedAt: number;
  private isOver = false;

  constructor(ask: Ask, parts: RunParts) {
    this.ask = ask;
    this.parts = parts;
    this.startedAt = parts.now();
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
    const { bounds, provider } = this.parts;
    const { tokens = noTokens, isBeginning = true, speed: served } = reported ?? {};
    const price = priceAt(this.parts.price, provider === "custom" ? "usual" : (served ?? this.parts.speed));
    // OpenRouter's own; others use the word for something else.
    const charged = provider === "openrouter" ? reported?.charged : undefined;
    const prompt = promptOf(tokens);
    const isWhole = prompt > 0 && !isBeginning && (tokens.output > 0 || saidBytes === 0);
    if (isWhole) {
      this.settle({ nanos: charged ?? costOf(tokens, price), tokens, estimated: false });
      return;
    }
    const seen = {
      ...tokens,
      ...(prompt === 0 && { input: bounds.prompt }),
      output: Math.max(tokens.output, Math.min(Math.max(saidBytes, this.unseenTokens), bounds.output)),
    };
    this.settle({ nanos: costOf(seen, price), tokens: seen, estimated: true });
  }

  /** What a model may have thought without a word. One's own endpoint is taken to show it. */
  private get unseenTokens(): number {
    const { provider, now } = this.parts;
    return provider === "custom" ? 0 : Math.ceil(((now() - this.startedAt) / 1_000) * mostTokensPerSecond);
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
