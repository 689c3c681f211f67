import { Hono } from "hono";
import * as z from "zod";
import { agentOf, outcomeOf } from "../agent/call.ts";
import { requireToken } from "../auth/token.ts";
import { BotError } from "../errors.ts";
import { generatedSecret, knownSecret } from "../secrets.ts";
import type { App } from "./context.ts";

const logsQuery = z.object({
  tail: z.coerce.number().int().min(1).max(2000).default(200),
  source: z.enum(["gateway", "worker"]).optional(),
});

/** What the operator may do, with the admin token. */
export const operator = new Hono<App>();

operator.use(async (c, next) => {
  const secret = generatedSecret(c.env, "adminToken");
  await requireToken(
    c.req.raw,
    { name: "admin", secret },
    { name: "client", secret: knownSecret(c.env, "clientToken") },
    new Date(),
  );
  await next();
});

operator.get("/status", async (c) => c.json(await agentOf(c.env).status()));

operator.get("/logs", async (c) => {
  const query = logsQuery.safeParse(c.req.query());
  if (!query.success) {
    throw new BotError("badRequest", { reason: "`tail` is a number from 1 to 2000, `source` is gateway or worker." });
  }
  return c.json({ lines: await agentOf(c.env).logs(query.data.tail, query.data.source) });
});

/** Brings the bot up and answers when it is ready. Safe to call at any time: parallel calls share one start. */
operator.post("/wake", async (c) => c.json(outcomeOf(await agentOf(c.env).wake())));

operator.post("/stop", async (c) => c.json(outcomeOf(await agentOf(c.env).stop())));

operator.post("/drain", async (c) => c.json(outcomeOf(await agentOf(c.env).drain())));

operator.post("/converge", async (c) => c.json(await agentOf(c.env).converge()));
