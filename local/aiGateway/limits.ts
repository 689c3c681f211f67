/** The limits of gateways: requests in a time, and money in a time. What is counted is forgotten with the process. */
import type { Gateway } from "./account.ts";
import { type Refusal, refusal } from "./refusals.ts";
import { Window } from "./window.ts";

/** What every model costs here, in dollars a million tokens. */
export const price = { input: 1, output: 4 } as const;

/** Tokens of one answer. */
export interface Tokens {
  readonly input: number;
  readonly output: number;
}

/** Dollars that an answer costs here. */
export function costOf({ input, output }: Tokens): number {
  return (input * price.input + output * price.output) / 1e6;
}

export class Limits {
  private readonly windows = new Map<string, Window>();

  /** Counts a request, or says why there are too many. */
  request(gateway: Gateway, at: number): Refusal | undefined {
    const { rate_limiting_interval: seconds, rate_limiting_limit: limit, rate_limiting_technique: technique } = gateway;
    if (!seconds || !limit) return undefined;
    const window = this.window(gateway, `requests/${seconds}`, seconds);
    if (window.sum(technique ?? "fixed", at) + 1 > limit) return refusal("rateLimited");
    window.add(1, at);
    return undefined;
  }

  /** Why no more may be spent; a request under way is not counted yet, as at the real one. */
  money(gateway: Gateway, of: string, at: number): Refusal | undefined {
    for (const { id = "", limit, window, technique = "fixed" } of rulesOf(gateway)) {
      if (this.window(gateway, `dollars/${id}`, window).sum(technique, at) < limit) continue;
      return refusal("spent", { rule: id, limit, window, technique, of });
    }
    return undefined;
  }

  /** Counts what an answer has cost. */
  spent(gateway: Gateway, dollars: number, at: number): void {
    for (const { id = "", window } of rulesOf(gateway)) this.window(gateway, `dollars/${id}`, window).add(dollars, at);
  }

  private window({ id }: Gateway, name: string, seconds: number): Window {
    const key = `${id}/${name}`;
    const known = this.windows.get(key);
    if (known) return known;
    const made = new Window(seconds);
    this.windows.set(key, made);
    return made;
  }
}

function rulesOf({ spend_limits: limits }: Gateway) {
  if (limits?.enabled === false) return [];
  return (limits?.rules ?? []).filter(({ enabled }) => enabled !== false);
}
