/** What browsers are told with every answer, and which pages may ask /v1. */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { declaration } from "../declaration.ts";
import type { App } from "../routes/context.ts";

/** Strict, for answers that are no pages. A page brings its own policy, which stays. */
export const securityHeaders: MiddlewareHandler<App> = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  strictTransportSecurity: "max-age=15552000",
  xFrameOptions: "DENY",
  // With `no-referrer` a browser says `Origin: null` for a form, and the log-in would refuse its own page.
  referrerPolicy: "same-origin",
  overwrite: false,
});

/** Lets the pages of the declared origins ask /v1 with a client token; Hermes itself never sees an origin. */
export const corsOfClients: MiddlewareHandler<App> = (c, next) => {
  const origin = [...(declaration.corsOrigins ?? [])];
  if (origin.length === 0) return next();
  return answering({ origin })(c, next);
};

const answering = (options: { origin: string[] }) =>
  cors({
    ...options,
    allowMethods: ["GET", "POST", "PATCH", "DELETE"],
    exposeHeaders: ["x-request-id", "x-hermes-session-id", "retry-after", "x-should-retry"],
    maxAge: 600,
  });
