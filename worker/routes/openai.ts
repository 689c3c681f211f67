import { Hono } from "hono";
import { agentOf } from "../agent/call.ts";
import { clientOnly } from "../auth/guard.ts";
import { BotError, reasonOf } from "../errors.ts";
import { allowOf, methodsOf } from "../openapi/allowed.ts";
import { copyEvents, isEventStream } from "../wholeStream.ts";
import { limited } from "./bodyLimit.ts";
import type { App } from "./context.ts";
import { openaiRoutes } from "./openaiRoutes.ts";

/** Hermes' own limit; a larger body is refused before it is read. */
const bodyLimitBytes = 10_000_000;

/** Hermes' API server, with a client token. Answers stream through unbuffered; errors have OpenAI's shape. */
export const openai = new Hono<App>();

openai.use(clientOnly);

/** Methods that are passed on. */
const passed = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

openai.all("*", async (c) => {
  const refusal = refusedMethod(c.req);
  if (refusal !== undefined) return refusal;
  const headers = new Headers(c.req.raw.headers);
  headers.set("x-request-id", c.var.requestId);
  const { body, exceeded } = limited(c.req.raw, bodyLimitBytes);
  const { url, method, signal } = c.req.raw;
  const answer = await agentOf(c.env)
    .fetch(new Request(url, { method, headers, body, signal, redirect: "manual" }))
    .catch((error: unknown) => {
      // An upload resets the Agent, for one.
      throw exceeded() ?? new BotError("gatewayLost", { reason: reasonOf(error) });
    });
  const tooLarge = exceeded();
  if (tooLarge) throw tooLarge;
  const cut = (reason: string) => c.executionCtx.waitUntil(agentOf(c.env).streamCut(reason));
  return answer.body && isEventStream(answer) ? relayed(answer, answer.body, c.req.raw.signal, cut) : answer;
});

/** The answer to a method that needs no agent, which would have to wake for it: where the document tells of the path, or none takes it. */
function refusedMethod({ method, path }: { readonly method: string; readonly path: string }): Response | undefined {
  const told = methodsOf(openaiRoutes.filter((route) => route.path === path));
  const taken = told.length === 0 ? passed : told;
  if (taken.includes(method)) return undefined;
  const allow = allowOf(taken);
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { allow } });
  throw new BotError("methodNotAllowed", { method, path, allow });
}

/** The Agent mends streams that break inside. This one breaks when the Agent itself is reset. */
function relayed(
  answer: Response,
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  cut: (reason: string) => void,
): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  copyEvents(body, writer, signal)
    .then((reason) => {
      if (reason !== undefined) cut(reason);
      return writer.close();
    })
    .catch(() => {}); // the client left, and knows
  return new Response(readable, answer);
}
