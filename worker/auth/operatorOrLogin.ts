import type { MiddlewareHandler } from "hono";
import { BotError } from "../errors.ts";
import type { App } from "../routes/context.ts";
import { opensPage } from "./browser.ts";
import { operatorOnly } from "./guard.ts";

/** {@link operatorOnly} for pages: a browser without a credential goes to the log-in and comes back. */
export const operatorOrLogin: MiddlewareHandler<App> = async (c, next) => {
  try {
    return await operatorOnly(c, next);
  } catch (error) {
    if (!(error instanceof BotError) || error.status !== 401 || !opensPage(c.req.raw)) throw error;
    const { pathname, search } = new URL(c.req.url);
    return c.redirect(`/login?next=${encodeURIComponent(pathname + search)}`, 302);
  }
};
