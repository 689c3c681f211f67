/** What the Agent is asked about its container by hand, below `/box`: the protocol of a session's jobs. */
import { Hono } from "hono";
import { BotError, reasonOf } from "../errors.ts";
import { idForm, jsonOf, parsed, readQuery } from "../exec/requests.ts";
import type { Log } from "../log.ts";
import { boxOrder } from "./boxOrder.ts";
import type { Hands } from "./hands.ts";

/** Who asks, percent-encoded. The Worker's door has made sure of it. */
export const byHeader = "x-talaria-by";
const job = `:job{${idForm}}`;

/** The routes. */
export function handsApp(hands: Hands, log: Log): Hono {
  const app = new Hono();
  app.put(`/box/jobs/${job}`, async (c) => {
    const order = await jsonOf(boxOrder, c.req.raw);
    const by = decodeURIComponent(c.req.header(byHeader) ?? "");
    return c.json({ ...(await hands.start(c.req.param("job"), order, by)), notices: [] });
  });
  app.get(`/box/jobs/${job}`, (c) => hands.read(c.req.param("job"), parsed(readQuery, c.req.query())));
  app.delete(`/box/jobs/${job}`, async (c) => c.json(await hands.cancel(c.req.param("job"))));
  app.post(`/box/jobs/${job}/:what{input|window}`, async (c) =>
    hands.pass(c.req.param("job"), c.req.param("what"), new URL(c.req.url).search, await c.req.arrayBuffer()),
  );
  app.notFound((c) => new BotError("unknownPath", { method: c.req.method, path: c.req.path }).toJson());
  app.onError((error) => {
    if (error instanceof BotError) return error.toJson();
    log("error", reasonOf(error));
    return new BotError("boxFailed", { reason: reasonOf(error) }).toJson();
  });
  return app;
}
