import { Hono } from "hono";
import { agentOf } from "../agent/call.ts";
import { requireToken } from "../auth/token.ts";
import { BotError } from "../errors.ts";
import { generatedSecret } from "../secrets.ts";
import type { App } from "./context.ts";

/** Hermes' own limit; a larger body is refused before it is read. */
const bodyLimitBytes = 10_000_000;

/** Hermes' API server, with a client token. Answers stream through unbuffered; errors have OpenAI's shape. */
export const openai = new Hono<App>();

openai.use(async (c, next) => {
  const secret = generatedSecret(c.env, "clientToken");
  await requireToken(c.req.raw, { name: "client", secret }, { name: "admin", secret: adminSecret(c.env) }, new Date());
  await next();
});

openai.all("*", async (c) => {
  const headers = new Headers(c.req.raw.headers);
  headers.set("x-request-id", c.var.requestId);
  const request = new Request(c.req.raw, { headers, body: limited(c.req.raw) });
  return agentOf(c.env).fetch(request);
});

/** The body, cut off with an error where it grows beyond the limit. @throws BotError `bodyTooLarge` when it says so itself */
function limited(request: Request): ReadableStream | null {
  const tooLarge = new BotError("bodyTooLarge", { limit: bodyLimitBytes / 1_000_000 });
  const declared = request.headers.get("content-length");
  if (Number(declared ?? 0) > bodyLimitBytes) throw tooLarge;
  if (declared !== null || request.body === null) return request.body;
  let read = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      read += chunk.byteLength;
      if (read > bodyLimitBytes) controller.error(tooLarge);
      else controller.enqueue(chunk);
    },
  });
  return request.body.pipeThrough(count);
}

/** The admin's secret only serves to tell an admin token from a wrong one. */
function adminSecret(env: App["Bindings"]) {
  try {
    return generatedSecret(env, "adminToken");
  } catch {
    return undefined; // then every token but the client's is simply wrong
  }
}
