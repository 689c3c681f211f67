import { Hono } from "hono";
import * as z from "zod";
import { BotError } from "../errors.ts";
import { askSession, poolOf, sessionName } from "../exec/call.ts";
import { idForm, parsed } from "../exec/requests.ts";
import type { App } from "./context.ts";

const auditQuery = z.object({
  session: z.string().optional(),
  since: z.coerce.number().int().min(0).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  wait: z.coerce.number().min(0).max(25).default(0),
});

const session = `:session{${idForm}}`;
const job = `:job{${idForm}}`;

/** What the operator sees of the agent's commands and does in their sandboxes, with the admin token. */
export const exec = new Hono<App>();

/** The audit, oldest first. With `since`, the `next` of an answer before: what came after, waited for up to `wait` seconds. */
exec.get("/audit", async (c) => {
  const { wait, ...query } = parsed(auditQuery, c.req.query());
  return c.json(await poolOf(c.env).audit(query, wait));
});

exec.get("/exec/sessions", async (c) => c.json({ sessions: await poolOf(c.env).sessions() }));

/** Files of a session's workspace, whose sandbox starts where none runs. */
exec.get(`/exec/sessions/${session}/list`, (c) => ask(c.env, c.req.param("session"), "list", c.req.raw));
exec.on(["GET", "PUT"], `/exec/sessions/${session}/file`, (c) => ask(c.env, c.req.param("session"), "file", c.req.raw));

/** An operator's terminal there: a job like the agent's, with a window. */
exec.on(["GET", "PUT", "DELETE"], `/exec/sessions/${session}/jobs/${job}`, (c) =>
  ask(c.env, c.req.param("session"), `jobs/${c.req.param("job")}`, c.req.raw),
);
exec.post(`/exec/sessions/${session}/jobs/${job}/:what{input|window}`, (c) =>
  ask(c.env, c.req.param("session"), `jobs/${c.req.param("job")}/${c.req.param("what")}`, c.req.raw),
);

/** Passes a request on to a session that there is. @throws BotError `execSessionUnknown` */
async function ask(env: App["Bindings"], asked: string, route: string, request: Request): Promise<Response> {
  const name = sessionName(asked);
  if (!(await poolOf(env).knows(name))) throw new BotError("execSessionUnknown", { session: name });
  return askSession(env, name, `/operator/${route}${new URL(request.url).search}`, request);
}
