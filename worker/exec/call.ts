import { declaration } from "../declaration.ts";
import type { Env } from "../env.ts";
import { tally } from "../usage/tally.ts";
import type { ExecPool } from "./pool.ts";
import type { ExecSession } from "./session.ts";

/** Name of the one pool of a bot. */
const poolName = "pool";
/** Name of a session, on each request to its object. */
export const sessionHeader = "x-talaria-session";
/** The session that all are, where the isolation is `shared`. */
const sharedSession = "shared";

/** Who owns the boxes, the limits and the audit of this bot. */
export function poolOf(env: Env): DurableObjectStub<ExecPool> {
  tally.add("objectRequests");
  return env.EXEC_POOL.get(env.EXEC_POOL.idFromName(poolName));
}

/** The session that a Hermes task belongs to. */
export function sessionName(asked: string): string {
  return declaration.exec.isolation === "shared" ? sharedSession : asked;
}

/** The object of a session, by its {@link sessionName}. */
export function sessionOf(env: Env, name: string): DurableObjectStub<ExecSession> {
  tally.add("objectRequests");
  return env.EXEC_SESSION.get(env.EXEC_SESSION.idFromName(name));
}

/** A request to a session's object. */
export async function askSession(env: Env, name: string, route: string, request: Request): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set(sessionHeader, name);
  headers.delete("authorization");
  const { method, body } = request;
  // A HEAD is answered as its GET; neither can be made anew with a body.
  const sent = method === "GET" || method === "HEAD" ? { method: "GET" } : { method, body };
  return sessionOf(env, name).fetch(new Request(`http://session${route}`, { ...sent, headers }));
}
