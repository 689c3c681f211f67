/** The HTTP server: methods, body limit, routes, and faults as answers. */
import http from "node:http";
import { refuseBody, refuseMethod, sendFault, sendJson } from "./answer.ts";
import { Call } from "./call.ts";
import { Fault, internalError, messageOf } from "./fault.ts";
import { routeOf } from "./routes.ts";
import type { Sandbox } from "./sandbox.ts";

const methods = new Set(["GET", "POST", "PUT", "DELETE", "OPTIONS"]);
const keepAliveMs = 255_000;

/** A server that is not yet listening. */
export function createServer(sandbox: Sandbox): http.Server {
  const server = http.createServer((request, response) => {
    const call = new Call(request, response);
    if (call.tooLarge) return refuseBody(response);
    if (!methods.has(request.method ?? "")) return refuseMethod(response);
    void answer(call, sandbox);
  });
  server.requestTimeout = 0;
  server.keepAliveTimeout = keepAliveMs;
  return server;
}

async function answer(call: Call, sandbox: Sandbox): Promise<void> {
  try {
    const handler = routeOf(call);
    if (!handler) throw new Fault("UNKNOWN_ERROR", "The requested endpoint was not found", {}, { status: 404 });
    const body = await handler(call, sandbox);
    if (body) sendJson(call.response, 200, body);
  } catch (error) {
    if (call.response.headersSent) return void call.response.destroy();
    sendFault(call.response, error instanceof Fault ? error : internalError(messageOf(error)));
  }
}
