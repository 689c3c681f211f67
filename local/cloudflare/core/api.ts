/** Routes every endpoint under /client/v4: authorization first, then the path, then the endpoint itself. */
import { Hono } from "hono";
import { knownToken, ownAccount, permit } from "./authorize.ts";
import type { Endpoint } from "./endpoint.ts";
import { fail, succeed } from "./envelope.ts";
import { ApiProblem } from "./problems.ts";
import { masked, type RequestLog } from "./requestLog.ts";
import type { World } from "./world.ts";
import { timestamp } from "./world.ts";

/** Where the API begins. */
export const basePath = "/client/v4";

type Env = { Variables: { token: string; body: unknown } };

/** Builds the API. Endpoints are tried in the order given, so fixed paths stand before those with a parameter. */
export function createApi(world: World, endpoints: readonly Endpoint[], log: RequestLog): Hono<Env> {
  const app = new Hono<Env>();
  app.onError((error) => fail(error));

  app.use(`${basePath}/*`, async (c, next) => {
    const started = performance.now();
    await next();
    log.write({
      at: timestamp(),
      method: c.req.method,
      path: c.req.url.slice(c.req.url.indexOf(basePath) + basePath.length),
      status: c.res.status,
      ms: Math.round(performance.now() - started),
      ...(c.var.body === undefined ? {} : { body: masked(c.var.body) }),
      ...(c.res.ok ? {} : { errors: await errorsOf(c.res) }),
    });
  });
  app.use(`${basePath}/*`, async (c, next) => {
    c.set("token", knownToken(world, c.req.raw));
    await next();
  });
  app.use(`${basePath}/accounts/:account/*`, async (c, next) => {
    ownAccount(world, c.req.param("account"));
    await next();
  });

  const oneByOne = createQueue();
  for (const { method, path, needs, run } of endpoints) {
    app.on(method, `${basePath}${path}`, async (c) => {
      permit(world, c.var.token, needs);
      const noteBody = (body: unknown): void => c.set("body", body);
      const raw = { world, request: c.req.raw, params: c.req.param(), token: c.var.token, noteBody };
      const answer = await (method === "GET" ? run(raw) : oneByOne(() => run(raw)));
      return answer instanceof Response ? answer : succeed(answer);
    });
  }

  app.all(`${basePath}/*`, (c) => {
    const path = c.req.path.slice(basePath.length);
    const allowed = methodsOf(endpoints, path);
    const method = c.req.method;
    if (allowed.length > 0) throw new ApiProblem("methodUnknown", { method, path, allowed: allowed.join(", ") });
    throw new ApiProblem("routeUnknown", { method, path });
  });
  return app;
}

/** Runs changes one after another: each reads the state, asks the runtime, and writes the state. */
function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task);
    last = mine.catch(() => undefined); // whoever asked hears of the failure through `mine`
    return mine;
  };
}

async function errorsOf(response: Response): Promise<unknown> {
  const body: unknown = await response.clone().json();
  return typeof body === "object" && body !== null && "errors" in body ? body.errors : undefined;
}

function methodsOf(endpoints: readonly Endpoint[], path: string): string[] {
  const matches = (pattern: string): boolean => new RegExp(`^${pattern.replace(/:\w+/g, "[^/]+")}$`).test(path);
  return [...new Set(endpoints.filter((one) => matches(one.path)).map((one) => one.method))];
}
