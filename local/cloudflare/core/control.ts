/** A small control surface beside the API, for tests and the developer: fire a cron now, read the request log, rotate the keys of Access. */
import { Hono } from "hono";
import { z } from "zod";
import type { TeamKeys } from "../zerotrust/teamKeys.ts";
import { bearer, knownToken } from "./authorize.ts";
import { parse } from "./endpoint.ts";
import { fail } from "./envelope.ts";
import { ApiProblem } from "./problems.ts";
import type { RequestLog } from "./requestLog.ts";
import type { World } from "./world.ts";

/** Where the surface begins. No bucket's name has an underscore. */
export const controlPath = "/__local";

const cronQuery = z.strictObject({ cron: z.string().optional() });

/** Routes under /__local. They ask for the same token as the API, with every permission. */
export function createControl(world: World, log: RequestLog, keys: TeamKeys): Hono {
  const app = new Hono();
  app.onError((error) => fail(error));
  app.use(`${controlPath}/*`, async (c, next) => {
    if (world.account.permissionsOf(knownToken(world, c.req.raw)) !== "all") throw new ApiProblem("permissionMissing");
    await next();
  });
  app.get(`${controlPath}/requests`, (c) => c.json({ requests: log.recent() }));
  app.post(`${controlPath}/cron/:worker`, async (c) => {
    const worker = world.workers.existing(c.req.param("worker"));
    const wanted = parse(cronQuery, c.req.query(), "query").cron ?? worker.schedules[0]?.cron;
    if (!wanted) throw new ApiProblem("requestInvalid", { why: `Worker "${worker.name}" has no schedule to fire` });
    await world.runtime.fireCron(worker.name, wanted);
    return c.json({ worker: worker.name, cron: wanted });
  });
  app.post(`${controlPath}/access/rotate`, async (c) => {
    await keys.rotate();
    return c.json(await keys.jwks());
  });
  app.notFound((c) => {
    bearer(c.req.raw);
    return fail(new ApiProblem("routeUnknown", { method: c.req.method, path: c.req.path }));
  });
  return app;
}
