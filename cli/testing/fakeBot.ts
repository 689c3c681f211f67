/** A stand-in for the bot's HTTP API on loopback: routes are given, requests are kept. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { closed, listening } from "../../local/listening.ts";

/** Tokens that the stand-in takes. */
export const tokens = { admin: "admin-token-of-the-test", client: "client-token-of-the-test" } as const;

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** The body as it came. */
  readonly bytes: Buffer;
}

/** Answers with JSON, or does what it wants with the response. `count` is 1 for the first call of the route. */
export type Route = (response: ServerResponse, request: SeenRequest, count: number) => unknown;

/** A running stand-in. */
export interface FakeBot {
  readonly url: string;
  readonly seen: SeenRequest[];
  close(): Promise<void>;
}

/** An error answer of /api. */
export function failing(status: number, error: object): Route {
  return (response) => {
    response.statusCode = status;
    return { error };
  };
}

/** Starts it; keys are `METHOD /path`, or `/path/*` for all below it. A route that returns an object answers with it as JSON. */
export async function startFakeBot(routes: Readonly<Record<string, Route>>, port = 0): Promise<FakeBot> {
  const seen: SeenRequest[] = [];
  const counts = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    const key = `${request.method} ${path.replace(/\?.*$/, "")}`;
    const bytes = await buffer(request).catch(() => Buffer.alloc(0)); // a client that breaks off
    const entry = { method: request.method ?? "", path, headers: request.headers, body: bytes.toString(), bytes };
    seen.push(entry);
    const expected = path.startsWith("/v1/") ? tokens.client : tokens.admin;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    const route =
      request.headers.authorization === `Bearer ${expected}`
        ? (routes[key] ??
          below(routes, path) ??
          failing(404, { code: "notFound", message: `No ${key} here.`, next: "See GET /." }))
        : failing(401, { code: "tokenRefused", message: "This token is not valid.", next: "Print it." });
    const answer = await route(response, entry, count);
    if (answer === undefined) return;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
  });
  const url = `http://127.0.0.1:${await listening(server, port)}`;
  return {
    url,
    seen,
    close: () => closed(server),
  };
}

function below(routes: Readonly<Record<string, Route>>, path: string): Route | undefined {
  const found = Object.keys(routes).find((key) => key.endsWith("/*") && path.startsWith(key.slice(0, -1)));
  return found === undefined ? undefined : routes[found];
}

/** A bot of the running test, gone after it. */
export async function aFakeBot(routes: Readonly<Record<string, Route>>): Promise<FakeBot> {
  const bot = await startFakeBot(routes);
  onTestFinished(() => bot.close());
  return bot;
}

/** `METHOD path` of everything that was asked of it. */
export const pathsOf = (bot: FakeBot) => bot.seen.map(({ method, path }) => `${method} ${path}`);
