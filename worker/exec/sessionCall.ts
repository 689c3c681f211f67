import type { ObjectBinding } from "../bound.ts";
import { declaration } from "../declaration.ts";
import { objectOf } from "../usage/object.ts";

/** Name of a session, on each request to its object. */
export const sessionHeader = "x-talaria-session";
/** The session that all are, where the isolation is `shared`. */
const sharedSession = "shared";

/** The objects of sessions, for whoever calls them. `T` is what he calls beside `fetch`. */
export type SessionBinding<T extends Rpc.DurableObjectBranded = Rpc.DurableObjectBranded> = ObjectBinding<
  "ExecSession",
  T
>;

/** The session that a Hermes task belongs to. */
export function sessionName(asked: string): string {
  return declaration.exec.isolation === "shared" ? sharedSession : asked;
}

/** The object of a session, by its {@link sessionName}. */
export function sessionOf<T extends Rpc.DurableObjectBranded>(
  env: SessionBinding<T>,
  name: string,
): DurableObjectStub<T> {
  return objectOf(env.EXEC_SESSION, name);
}

/** A request to a session's object. */
export async function askSession(
  env: SessionBinding,
  name: string,
  route: string,
  request: Request,
): Promise<Response> {
  const headers = new Headers(request.headers);
  headers.set(sessionHeader, name);
  headers.delete("authorization");
  const { method, body } = request;
  // A HEAD is answered as its GET; neither can be made anew with a body.
  const sent = method === "GET" || method === "HEAD" ? { method: "GET" } : { method, body };
  return sessionOf(env, name).fetch(new Request(`http://session${route}`, { ...sent, headers }));
}
