/** One request to a gateway: refused, answered from the cache, or passed on to its provider. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Gateway, GatewayAccount } from "./account.ts";
import type { Asked, Cache } from "./cache.ts";
import type { LedgerEntry } from "./ledger.ts";
import { costOf, type Limits } from "./limits.ts";
import { type Refusal, refusal } from "./refusals.ts";
import { isProvider, type Provider, placeOf, providerKey, type Wishes, wishesOf } from "./request.ts";
import { addressOf, passOn, tokensIn } from "./upstream.ts";

/** What a request passes on its way. */
export interface Passage {
  readonly account: GatewayAccount;
  /** Where a provider answers whoever shows this key, without `/v1`. */
  readonly upstream: (provider: Provider, key: string | undefined) => string;
  readonly limits: Limits;
  readonly cache: Cache;
}

/** What became of a request. */
export interface Answered {
  readonly wishes: Wishes;
  readonly gateway: Gateway | undefined;
  readonly end: End;
}

type End = Pick<LedgerEntry, "status" | "code" | "cached" | "dollars">;

/** In the real one's order: who asks, how often, what is kept, what may be spent, the provider. */
export async function answer(request: IncomingMessage, response: ServerResponse, passage: Passage): Promise<Answered> {
  const { account, upstream, limits, cache } = passage;
  const { headers } = request;
  const body = await buffer(request);
  const wishes = wishesOf(headers);
  const place = placeOf(request.url ?? "/");
  const gateway = place?.account === account.accountId ? account.gateway(place.gateway) : undefined;
  const ended = (end: Partial<End> & Pick<End, "status">): Answered => ({
    ...{ wishes, gateway, end: { code: null, cached: false, dollars: 0, ...end } },
  });
  const refuse = ({ status, code, body: words }: Refusal): Answered => {
    response.writeHead(status, { "content-type": "application/json", ...tellTale() }).end(words);
    return ended({ status, code });
  };
  if (place === undefined || gateway === undefined) return refuse(refusal("unconfigured"));
  const mayPass = gateway.authentication !== true || (wishes.token !== undefined && account.mayRun(wishes.token));
  if (!mayPass) return refuse(refusal("unauthorized"));
  if (!isProvider(place.provider)) return refuse(refusal("providerUnknown"));
  const tooMany = limits.request(gateway, Date.now());
  if (tooMany) return refuse(tooMany);

  const key = providerKey(headers);
  const asked: Asked = { path: `${place.provider}${place.rest}`, key: key ?? "", body };
  const known = wishes.skipCache ? undefined : cache.find(gateway, asked, Date.now());
  if (known) {
    const told = { ...known.headers, ...tellTale(), "cf-aig-cache-status": "HIT" };
    response.writeHead(known.status, told).end(known.body);
    return ended({ status: known.status, cached: true });
  }
  const overspent = limits.money(gateway, `${place.provider} ${modelIn(body)}`, Date.now());
  if (overspent) return refuse(overspent);

  const to = addressOf(upstream(place.provider, key), place.rest);
  const added = { ...tellTale(), "cf-aig-cache-status": "MISS" };
  try {
    const whole = await passOn({ to, headers, body, added }, response);
    if (whole === undefined) return ended({ status: response.statusCode });
    const dollars = whole.status === 200 ? costOf(tokensIn(whole.body)) : 0;
    limits.spent(gateway, dollars, Date.now());
    if (whole.status === 200) cache.keep(gateway, asked, whole, Date.now(), wishes.cacheTtl);
    return ended({ status: whole.status, dollars });
  } catch (error) {
    return refuse(refusal("providerUnreachable", { why: error instanceof Error ? error.message : String(error) }));
  }
}

/** Headers that every answer of a gateway has. */
function tellTale() {
  return { "cf-aig-event-id": randomUUID(), "cf-aig-step": "0" };
}

function modelIn(body: Buffer): string {
  return /"model":\s*"([^"]*)"/.exec(body.toString("utf8"))?.[1] ?? "";
}
