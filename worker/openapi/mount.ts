import type { Context, Hono } from "hono";
import * as z from "zod";
import { BotError } from "../errors.ts";
import type { App } from "../routes/context.ts";
import { allowOf, methodsOf } from "./allowed.ts";
import { limitedText } from "./limitedText.ts";
import type { Asked, Route } from "./route.ts";

/** Bytes of a JSON body; none of ours is longer. */
const bodyLimitBytes = 100_000;

/**
 * Serves a table of routes. What is asked is parsed by the route's own schemas; a path that is there with another method
 * says which it takes.
 */
export function mount(app: Hono<App>, routes: readonly Route[]): void {
  const byPath = new Map<string, Route[]>();
  for (const route of routes) {
    for (const path of [route.path, ...route.also].map(honoPath)) {
      app.on(route.method.toUpperCase(), path, async (c) => route.handle(c, await asked(route, c)));
      byPath.set(path, [...(byPath.get(path) ?? []), route]);
    }
  }
  for (const [path, ofPath] of byPath) {
    const allow = allowOf(methodsOf(ofPath));
    app.options(path, (c) => c.body(null, 204, { allow }));
    app.all(path, ({ req: { method, path } }) => {
      throw new BotError("methodNotAllowed", { method, path, allow });
    });
  }
}

/** `/runs/{run}` as Hono writes it. */
function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

/** A request's parts by the route's schemas. @throws BotError `unknownPath`, `badRequest`, `bodyTooLarge` */
async function asked(route: Route, c: Context<App>): Promise<Asked> {
  const params = (route.params ?? none).safeParse(c.req.param());
  if (!params.success) throw new BotError("unknownPath", { method: c.req.method, path: c.req.path });
  const query = parsed(route.query ?? none, c.req.query(), "query");
  const names = Object.keys(route.headers?.shape ?? {});
  const sent = Object.fromEntries(names.map((name) => [name, c.req.header(name)]));
  const headers = parsed(route.headers ?? none, sent, "header");
  const body = route.body === undefined ? undefined : parsed(route.body, await jsonOf(c.req.raw), "body");
  return { params: params.data, query, headers, body };
}

const none = z.object({});

function parsed(schema: z.ZodType, given: unknown, what: string): unknown {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => [path.join("."), message].filter(Boolean).join(": "));
  throw new BotError("badRequest", { reason: `The ${what} is not as expected: ${faults.join("; ")}.` });
}

/** A JSON body; none is an empty object, and what is no JSON is nothing that a schema takes. */
async function jsonOf({ body }: Request): Promise<unknown> {
  const text = body === null ? "" : await limitedText(body, bodyLimitBytes);
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}
