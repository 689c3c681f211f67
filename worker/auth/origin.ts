/** Pages of other sites. A browser adds by itself what proves an operator (a session's cookie, Access' own), whichever page made the request. */
import { BotError } from "../errors.ts";

const safeMethods = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a request may have an effect: by its method, or because it opens a WebSocket. */
export function mayAct({ method, headers }: Request): boolean {
  return !safeMethods.has(method) || headers.get("upgrade")?.toLowerCase() === "websocket";
}

/**
 * Refuses what a page of another origin asks for. A request with an effect, or for a WebSocket, is known by its Origin,
 * which every browser sends with these; the rest by Sec-Fetch-Site, except that a link may lead here.
 * @param mayLackOrigin whether a program that is no browser may ask, too
 * @throws BotError `foreignOrigin`
 */
export function requireOwnPage(request: Request, { mayLackOrigin }: { readonly mayLackOrigin: boolean }): void {
  const { headers } = request;
  const origin = headers.get("origin");
  const isOwn = origin === new URL(request.url).origin;
  const acts = mayAct(request);
  if (origin === null ? acts && !mayLackOrigin : !isOwn) refuse(origin ?? "an unknown origin");
  const site = headers.get("sec-fetch-site") ?? "none";
  const isForeign = site === "cross-site" || site === "same-site";
  if (isForeign && (acts || headers.get("sec-fetch-mode") !== "navigate")) refuse("another site");
}

function refuse(origin: string): never {
  throw new BotError("foreignOrigin", { origin });
}
