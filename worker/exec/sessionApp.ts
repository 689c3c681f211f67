/** What a session's object is asked: by the agent's plugin below `/agent`, by the operator below `/operator`. */
import { Hono } from "hono";
import * as z from "zod";
import { BotError, reasonOf } from "../errors.ts";
import type { SessionParts } from "./assembly.ts";
import { bytesOf, shownCommand } from "./command.ts";
import type { JobKind } from "./jobs.ts";
import type { Order } from "./placing.ts";
import { idForm, type JobRequest, jobRequest, jsonOf, parsed, readQuery, terminalRequest } from "./requests.ts";

/** A terminal, and a job that is fed, keep all that they show: a reader who waits for a cut would wait for its end. */
const terminalOutputBytes = 268_435_456;
/** A job that is fed ends when whoever feeds it asks for its output no more. */
const unheardSeconds = 180;
const megabyte = 1_048_576;
/** A large file takes its time. */
const filesWithinMs = 300_000;
const refusal = z.object({ message: z.string() });
const job = `:job{${idForm}}`;

/** The routes of one session. */
export function sessionApp(parts: SessionParts): Hono {
  const app = new Hono();
  app.put(`/agent/jobs/${job}`, async (c) => {
    const request = await jsonOf(jobRequest, c.req.raw);
    return c.json(await parts.placing.place(c.req.param("job"), orderOf(request, parts)));
  });
  app.post("/agent/rest", async (c) => {
    parts.inBackground("saving a workspace", () => parts.keeper.trySave());
    return c.json({});
  });
  app.post(`/agent/jobs/${job}/forget`, async (c) => {
    await parts.orders.forget(c.req.param("job"));
    return c.json({});
  });
  app.post(`/agent/jobs/${job}/input`, (c) => passOn(parts, c.req.param("job"), "input", c.req.raw, "tool"));
  app.get(`/:who{agent|operator}/jobs/${job}`, (c) =>
    parts.reading.read(c.req.param("job"), parsed(readQuery, c.req.query())),
  );
  app.delete(`/:who{agent|operator}/jobs/${job}`, async (c) => c.json(await parts.orders.cancel(c.req.param("job"))));

  app.put(`/operator/jobs/${job}`, async (c) => {
    const { tty } = await jsonOf(terminalRequest, c.req.raw);
    return c.json(await parts.placing.place(c.req.param("job"), terminal(tty, parts)));
  });
  app.post(`/operator/jobs/${job}/:what{input|window}`, (c) =>
    passOn(parts, c.req.param("job"), c.req.param("what"), c.req.raw, "operator"),
  );
  app.get("/operator/list", (c) => files(parts, `/workspace/list${new URL(c.req.url).search}`, c.req.raw));
  app.get("/operator/file", (c) => files(parts, `/workspace/file${new URL(c.req.url).search}`, c.req.raw));
  app.put("/operator/file", (c) => files(parts, `/workspace/file${new URL(c.req.url).search}`, c.req.raw));

  app.notFound((c) => new BotError("unknownPath", { method: c.req.method, path: c.req.path }).toJson());
  app.onError((error) => {
    if (error instanceof BotError) return error.toJson();
    parts.log("error", reasonOf(error));
    return new BotError("execFailed", { reason: reasonOf(error) }).toJson();
  });
  return app;
}

function orderOf(request: JobRequest, { policy, mask }: SessionParts): Order {
  const { kind, command, stdin, cwd, env, timeoutSeconds, shown, feed } = request;
  const bytes = bytesOf(command);
  const deadlineSeconds = Math.min(timeoutSeconds, policy.deadlineMinutes * 60);
  const outputBytes = feed ? terminalOutputBytes : policy.outputMegabytes * megabyte;
  return {
    kind,
    shown: shownCommand(bytes, shown, mask),
    bytes: bytes.length + ((stdin?.length ?? 0) * 3) / 4,
    supervised: {
      command,
      stdin,
      cwd,
      env,
      deadlineSeconds,
      outputBytes,
      tty: null,
      ...(feed && { feed: unheardSeconds }),
    },
  };
}

function terminal(tty: { rows: number; cols: number }, { policy }: SessionParts): Order {
  const deadlineSeconds = policy.deadlineMinutes * 60;
  const fixed = { command: "", stdin: null, cwd: null, env: { TERM: "xterm-256color" } };
  const supervised = { ...fixed, deadlineSeconds, outputBytes: terminalOutputBytes, tty };
  return { kind: "operator", shown: "an operator's terminal", bytes: 0, supervised };
}

/** What an operator types, to the terminal that runs; or the agent's plugin, to a job that is fed. */
async function passOn(
  { jobs, supervisor }: SessionParts,
  id: string,
  what: string,
  request: Request,
  kind: JobKind,
): Promise<Response> {
  const job = jobs.get(id);
  if (job === undefined || job.kind !== kind) throw new BotError("execJobUnknown", { job: id });
  const route = `/jobs/${id}/${what}${new URL(request.url).search}`;
  return told(await supervisor(job.box).ask(route, { method: "POST", body: await request.arrayBuffer() }));
}

/** A session's files, of its keeper. */
async function files({ keeper }: SessionParts, route: string, request: Request): Promise<Response> {
  const { method, body } = request;
  return keeper.use(async (box) => {
    const length = request.headers.get("content-length");
    const init =
      body === null ? { method } : { method, body, ...(length !== null && { headers: { "content-length": length } }) };
    return told(await box.ask(route, init, filesWithinMs));
  });
}

/** An answer of the supervisor's, for an operator. */
async function told(answer: Response): Promise<Response> {
  if (answer.ok) return new Response(answer.body, answer);
  const said = refusal.safeParse(await answer.json().catch(() => undefined)).data; // told below where it is none
  const reason = said?.message ?? `the sandbox answered HTTP ${answer.status}`;
  if (answer.status === 404) throw new BotError("execFileAbsent", { reason });
  throw new BotError(answer.status < 500 ? "badRequest" : "execFailed", { reason });
}
