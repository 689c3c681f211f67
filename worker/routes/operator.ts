import { Hono } from "hono";
import * as z from "zod";
import { agentOf, outcomeOf } from "../agent/call.ts";
import { operatorOnly } from "../auth/guard.ts";
import { BotError, reasonOf } from "../errors.ts";
import { poolOf } from "../exec/call.ts";
import { archiveOf, sendArchive } from "../snapshots/archive.ts";
import type { App } from "./context.ts";
import { exec } from "./exec.ts";

const logsQuery = z.object({
  tail: z.coerce.number().int().min(1).max(2000).default(200),
  source: z.enum(["gateway", "worker"]).optional(),
  level: z.enum(["info", "warn", "error"]).optional(),
  since: z.coerce.number().int().min(0).optional(),
});

const snapshotBody = z.object({ trustShrunk: z.boolean().default(false) });
const snapshotId = z.string().regex(/^[0-9a-f]{6,64}$/, "is not the id of a snapshot, or its first six digits or more");
const diffQuery = z.object({ from: snapshotId, to: snapshotId });
const restoreBody = z.object({
  id: snapshotId,
  force: z.boolean().default(false),
});
const restartBody = z.object({ force: z.boolean().default(false) });
const exportBody = z.object({ id: snapshotId.optional() });
const importBody = z.object({ mode: z.enum(["replace", "merge"]).optional(), force: z.boolean().default(false) });
const startFreshBody = z.object({ bot: z.string(), force: z.boolean().default(false) });

/** What the operator may do. */
export const operator = new Hono<App>();

operator.use(operatorOnly);

operator.get("/status", async (c) => {
  // The bot's own state is told even where that of its commands cannot be.
  const report = poolOf(c.env)
    .report()
    .catch((error: unknown) => ({ failed: reasonOf(error) }));
  const [status, exec] = await Promise.all([agentOf(c.env).status(), report]);
  return c.json({ ...status, exec });
});

operator.route("/", exec);

operator.get("/logs", async (c) => {
  const query = logsQuery.safeParse(c.req.query());
  if (!query.success) {
    const reason =
      "`tail` is a number from 1 to 2000, `source` gateway or worker, `level` info, warn or error, `since` a `next`.";
    throw new BotError("badRequest", { reason });
  }
  return c.json(await agentOf(c.env).logs(query.data));
});

/** Brings the bot up and answers when it is ready. Safe to call at any time: parallel calls share one start. */
operator.post("/wake", async (c) => c.json(outcomeOf(await agentOf(c.env).wake())));

operator.post("/stop", async (c) => c.json(outcomeOf(await agentOf(c.env).stop())));

operator.post("/restart-gateway", async (c) => c.json(outcomeOf(await agentOf(c.env).restartGateway())));

operator.post("/restart", async (c) => {
  const { force } = await bodyOf(c.req.raw, restartBody);
  return c.json(outcomeOf(await agentOf(c.env).restart(force)));
});

operator.get("/slack-manifest", async (c) => {
  const text = outcomeOf(await agentOf(c.env).slackManifest());
  return c.body(text, 200, { "content-type": "application/json" });
});

operator.post("/drain", async (c) => c.json(outcomeOf(await agentOf(c.env).drain())));

operator.post("/converge", async (c) => c.json(await agentOf(c.env).converge()));

/** Begins a snapshot and answers with its run; `trustShrunk` promotes a home that shrank. */
operator.post("/snapshot", async (c) => {
  const { trustShrunk } = await bodyOf(c.req.raw, snapshotBody);
  return c.json(outcomeOf(await agentOf(c.env).snapshot(trustShrunk)), 202);
});

operator.get("/snapshots", async (c) => c.json(await agentOf(c.env).snapshots()));

/** Begins to compare two snapshots and answers with the run. */
operator.get("/snapshots/diff", async (c) => {
  const query = diffQuery.safeParse(c.req.query());
  if (!query.success) throw new BotError("badRequest", { reason: `\`from\` and \`to\` are ids of snapshots.` });
  return c.json(outcomeOf(await agentOf(c.env).diff(query.data.from, query.data.to)), 202);
});

/** Begins to prove that the memory restores, and to tidy the repository; each answers with its run. */
operator.post("/drill", async (c) => c.json(outcomeOf(await agentOf(c.env).drill()), 202));
operator.post("/care", async (c) => c.json(outcomeOf(await agentOf(c.env).care()), 202));

/** Begins to make a snapshot the memory again; what is, is saved first. `force` goes on where that fails. */
operator.post("/restore", async (c) => {
  const { id, force } = await bodyOf(c.req.raw, restoreBody);
  return c.json(outcomeOf(await agentOf(c.env).restore(id, force, true)), 202);
});

/** As a restore, but the bot stays stopped: another image may come before it starts. */
operator.post("/rollback", async (c) => {
  const { id, force } = await bodyOf(c.req.raw, restoreBody);
  return c.json(outcomeOf(await agentOf(c.env).restore(id, force, false)), 202);
});

/** Begins to give the bot an empty memory; what is, is saved first, and stays. The body names the bot. */
operator.post("/start-fresh", async (c) => {
  const { bot, force } = await bodyOf(c.req.raw, startFreshBody);
  return c.json(outcomeOf(await agentOf(c.env).startFresh(bot, force)), 202);
});

/** Begins to make an archive ready and answers with its run. */
operator.post("/export", async (c) => {
  const { id } = await bodyOf(c.req.raw, exportBody);
  return c.json(outcomeOf(await agentOf(c.env).export(id)), 202);
});

/** The archive of a run that is ready, once. It comes straight from the run's container. */
operator.get("/exports/:run{export-[0-9a-f-]+}", (c) => archiveOf(c.env, c.req.param("run")));

/** Stops the bot, begins to make a snapshot of a home from elsewhere and answers with the run. Nothing is replaced by it. */
operator.post("/import", async (c) => {
  const ordered = await bodyOf(c.req.raw, importBody);
  return c.json(outcomeOf(await agentOf(c.env).import(ordered)), 202);
});

/** Takes that home for a run that is ready, once, as an archive. It goes straight to the run's container. */
operator.put("/imports/:run{import-[0-9a-f-]+}", (c) => sendArchive(c.env, c.req.param("run"), c.req.raw));

/** How far a run is, or how it ended. */
operator.get("/runs/:run", async (c) => c.json(outcomeOf(await agentOf(c.env).run(c.req.param("run")))));

/** A JSON body; none is an empty one. @throws BotError `badRequest` */
async function bodyOf<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const text = await request.text();
  const parsed = schema.safeParse(text === "" ? {} : parseJson(text));
  if (parsed.success) return parsed.data;
  const reason = `The body is not as expected: ${z.prettifyError(parsed.error).replaceAll("\n", " ")}.`;
  throw new BotError("badRequest", { reason });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it
  }
}
