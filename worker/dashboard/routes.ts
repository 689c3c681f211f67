/** The dashboard's routes: Hermes' pages and WebSockets behind the operator's door, and a page of ours while they are not there. */
import { Hono, type MiddlewareHandler } from "hono";
import { agentOf } from "../agent/call.ts";
import { opensPage } from "../auth/browser.ts";
import { digestOf } from "../auth/digest.ts";
import { operatorOrLogin } from "../auth/operatorOrLogin.ts";
import { sessionId } from "../auth/sessionCookie.ts";
import { declaration } from "../declaration.ts";
import { BotError, reasonOf } from "../errors.ts";
import { limited } from "../routes/bodyLimit.ts";
import type { App } from "../routes/context.ts";
import { waitingHeader } from "./dashboard.ts";
import { inward, outward, sessionHeader } from "./passing.ts";
import { dashboardPath, prefixOf } from "./place.ts";
import { waitingPage } from "./waitingPage.ts";

const hostname = () => declaration.dashboard?.hostname;
/** Cloudflare's own limit on most plans; the dashboard takes files for the bot. */
const bodyLimitBytes = 100_000_000;

/** What only Talaria does: a gateway that Hermes starts by itself would be a second one, or one that nothing looks after. */
const managed = /^\/api\/(gateway\/(start|stop|restart|drain)|hermes\/update)\/?$/;

/** The dashboard's own hostname, where a request did not come by it. No page of Hermes is served in the origin in which /api answers, then. */
function elsewhere(request: Request): string | undefined {
  const own = hostname();
  return own !== undefined && prefixOf(request, own) !== "" ? own : undefined;
}

const pagesToItsHostname: MiddlewareHandler<App> = async (c, next) => {
  const own = elsewhere(c.req.raw);
  if (own === undefined || !opensPage(c.req.raw)) return next();
  const { pathname, search } = new URL(c.req.url);
  return c.redirect(`https://${own}${pathname.slice(dashboardPath.length) || "/"}${search}`, 302);
};

/** Mounted at {@link dashboardPath}. */
export const dashboard = new Hono<App>();

dashboard.use("*", pagesToItsHostname);
dashboard.use("*", operatorOrLogin);
dashboard.use("*", async (c, next) => {
  const own = elsewhere(c.req.raw);
  if (own !== undefined) throw new BotError("dashboardElsewhere", { hostname: own });
  await next();
});

/** Where a waiting page looks, each second. Wakes nothing. */
dashboard.get("/.talaria/progress", async (c) =>
  c.json(await agentOf(c.env).dashboardProgress(), 200, { "cache-control": "no-store" }),
);

/** Begins to wake the bot and to start the dashboard. A POST: no crawler, prefetch or preview does that. */
dashboard.post("/.talaria/open", async (c) => {
  await agentOf(c.env).openDashboard();
  if (c.req.header("accept")?.includes("application/json")) return c.json({ begun: true }, 202);
  return c.redirect(`${prefixOf(c.req.raw, hostname())}/`, 303);
});

dashboard.all("*", async (c) => {
  const request = c.req.raw;
  const prefix = prefixOf(request, hostname());
  const { pathname } = new URL(request.url);
  const path = pathname.slice(prefix.length);
  if (path === "") return c.redirect(`${prefix}/`, 302);
  if (request.method !== "GET" && managed.test(path)) throw new BotError("dashboardManaged");
  const { body, exceeded } = limited(request, bodyLimitBytes);
  const inner = inward(request, prefix, body);
  inner.headers.set("x-request-id", c.var.requestId);
  const session = c.var.caller.kind === "operator" && c.var.caller.by === "session" ? await sessionId(c) : undefined;
  if (session !== undefined) inner.headers.set(sessionHeader, await digestOf(session));
  const answer = await agentOf(c.env)
    .fetch(inner)
    .catch((error: unknown) => {
      throw exceeded() ?? new BotError("dashboardLost", { reason: reasonOf(error), retryAfter: 3 });
    });
  const tooLarge = exceeded();
  if (tooLarge) throw tooLarge;
  if (answer.headers.has(waitingHeader) && opensPage(request)) return waitingPage(declaration.bot, prefix);
  return outward(answer, prefix);
});
