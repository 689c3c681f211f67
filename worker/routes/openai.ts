import { Hono } from "hono";
import { agentOf } from "../agent/call.ts";
import { clientOnly } from "../auth/guard.ts";
import { BotError, reasonOf } from "../errors.ts";
import { copyEvents, isEventStream } from "../wholeStream.ts";
import type { App } from "./context.ts";

/** Hermes' own limit; a larger body is refused before it is read. */
const bodyLimitBytes = 10_000_000;

/** Hermes' API server, with a client token. Answers stream through unbuffered; errors have OpenAI's shape. */
export const openai = new Hono<App>();

openai.use(clientOnly);

openai.all("*", async (c) => {
  const headers = new Headers(c.req.raw.headers);
  headers.set("x-request-id", c.var.requestId);
  const { body, exceeded } = limited(c.req.raw);
  const answer = await agentOf(c.env)
    .fetch(new Request(c.req.raw, { headers, body }))
    .catch((error: unknown) => {
      // An upload resets the Agent, for one.
      throw exceeded() ?? new BotError("gatewayLost", { reason: reasonOf(error) });
    });
  const tooLarge = exceeded();
  if (tooLarge) throw tooLarge;
  const cut = (reason: string) => c.executionCtx.waitUntil(agentOf(c.env).streamCut(reason));
  return answer.body && isEventStream(answer) ? relayed(answer, answer.body, c.req.raw.signal, cut) : answer;
});

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

/** The body, cut off where it grows beyond the limit; `exceeded` says whether it did. @throws BotError `bodyTooLarge` for a declared length */
function limited(request: Request): { body: ReadableStream | null; exceeded: () => BotError | undefined } {
  const tooLarge = new BotError("bodyTooLarge", { limit: bodyLimitBytes / 1_000_000 });
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > bodyLimitBytes) throw tooLarge;
  if (declared !== null || request.body === null) return { body: request.body, exceeded: () => undefined };
  let read = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      read += chunk.byteLength;
      if (read > bodyLimitBytes) controller.terminate();
      else controller.enqueue(chunk);
    },
  });
  return { body: request.body.pipeThrough(count), exceeded: () => (read > bodyLimitBytes ? tooLarge : undefined) };
}
