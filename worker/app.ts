import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { operatorOnly } from "./auth/guard.ts";
import { corsOfClients, securityHeaders } from "./auth/headers.ts";
import { operatorOrLogin } from "./auth/operatorOrLogin.ts";
import { refuseTokenInUrl } from "./auth/tokenInUrl.ts";
import { consolePath } from "./console/place.ts";
import { withStandInAside } from "./dashboard/passing.ts";
import { dashboardPath, routedPath } from "./dashboard/place.ts";
import { dashboard } from "./dashboard/routes.ts";
import { declaration } from "./declaration.ts";
import { BotError, reasonOf } from "./errors.ts";
import { mount } from "./openapi/mount.ts";
import { slackOnly } from "./operatorBot/door.ts";
import { requestLog } from "./requestLog.ts";
import type { App } from "./routes/context.ts";
import { openai } from "./routes/openai.ts";
import { served } from "./routes/table.ts";

/** The front door: one request id a request, thin handlers, one place where errors become answers. */
export const app = new Hono<App>({ getPath: (request) => routedPath(request, declaration.dashboard?.hostname) });

app.use(securityHeaders);
// Before anything looks for tokens in the URL: this one is none.
app.use(`${dashboardPath}/*`, async (c, next) => {
  c.req.raw = withStandInAside(c.req.raw);
  await next();
});
app.use(requestId());
// On every answer, also on those that pass through from the agent unread.
app.use(async (c, next) => {
  await next();
  c.header("x-request-id", c.var.requestId);
});
app.use(refuseTokenInUrl);
app.use("/v1/*", corsOfClients);
// Whatever lies below, also what is not there.
app.use("/api/*", operatorOnly);
app.use(`${consolePath}/*`, operatorOrLogin);
app.use("/slack/*", slackOnly);
mount(app, served);
app.route("/v1", openai);
app.route(dashboardPath, dashboard);

app.notFound((c) => answer(c.req.path, new BotError("unknownPath", { method: c.req.method, path: c.req.path })));

app.onError((error, c) => {
  if (error instanceof BotError) return answer(c.req.path, error);
  requestLog(c)("error", reasonOf(error), { path: c.req.path });
  return answer(c.req.path, new BotError("unexpected", { requestId: c.var.requestId }));
});

function answer(path: string, problem: BotError): Response {
  return path.startsWith("/v1") ? problem.toOpenAi() : problem.toJson();
}
