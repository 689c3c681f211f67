/** A stand-in of gateway.ai.cloudflare.com on loopback: what the account's AI gateways let through, on its way to a provider. */
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { Ledger } from "../ledger.ts";
import type { Gateway, GatewayAccount } from "./account.ts";
import { type Asked, Cache } from "./cache.ts";
import { keyHashOf, type LedgerEntry } from "./ledger.ts";
import { costOf, Limits } from "./limits.ts";
import { type Refusal, refusal } from "./refusals.ts";
import { isProvider, type Provider, placeOf, providerKey, type Wishes, wishesOf } from "./request.ts";
import { addressOf, passOn, tokensIn } from "./upstream.ts";

export type { LedgerEntry } from "./ledger.ts";

export interface AiGatewayOptions {
  readonly account: GatewayAccount;
  /** Where a provider answers whoever shows this key, without `/v1`. */
  readonly upstream: (provider: Provider, key: string | undefined) => string;
  /** @default 0, any free port */
  readonly port?: number;
  /** File that each request is appended to, as one line of JSON. */
  readonly ledgerFile?: string;
}

export interface RunningAiGateway {
  /** What `https://gateway.ai.cloudflare.com/v1` is. */
  readonly url: string;
  /** Requests since the start, oldest first. */
  ledger(): readonly LedgerEntry[];
  close(): Promise<void>;
}

/** What became of a request. */
type End = Pick<LedgerEntry, "status" | "code" | "cached" | "dollars">;

/** Starts it on 127.0.0.1 and resolves when it listens. */
export async function startAiGateway(options: AiGatewayOptions): Promise<RunningAiGateway> {
  const { account, upstream, port = 0, ledgerFile } = options;
  const ledger = new Ledger<LedgerEntry>(ledgerFile);
  const passage = { account, upstream, limits: new Limits(), cache: new Cache() };
  const server = createServer(async (request, response) => {
    const at = new Date().toISOString();
    try {
      const { wishes, gateway, end } = await answer(request, response, passage);
      const key = providerKey(request.headers);
      ledger.add({
        ...{ at, path: request.url ?? "/", headers: Object.keys(request.headers).toSorted() },
        ...{ keyHash: key === undefined ? null : keyHashOf(key), metadata: wishes.metadata },
        ...{ logged: wishes.log ?? gateway?.collect_logs ?? false, ...end },
      });
    } catch (error) {
      response.destroy();
      // A client that went away while its body was read is no defect; whoever runs the stand-in sees any other.
      if (!request.destroyed) console.error("the loopback's AI gateway:", error);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    ledger: () => ledger.entries(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Passage extends Pick<AiGatewayOptions, "account" | "upstream"> {
  readonly limits: Limits;
  readonly cache: Cache;
}

interface Answered {
  readonly wishes: Wishes;
  readonly gateway: Gateway | undefined;
  readonly end: End;
}

/** In the real one's order: who asks, how often, what is kept, what may be spent, the provider. */
async function answer(request: IncomingMessage, response: ServerResponse, passage: Passage): Promise<Answered> {
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
