/** Creating, listing and deleting sessions. */
import { ok } from "../answer.ts";
import { type Body, type Call, sessionless } from "../call.ts";
import { commandFrom } from "../command.ts";
import { Fault } from "../fault.ts";
import type { Handler } from "../handler.ts";

/** Creates a session. A body that is not JSON counts as an empty one. */
export const createSession: Handler = async (call, { sessions, settings }) => {
  const body = await call.body().catch((): Body => ({}));
  const { env } = commandFrom(body);
  const cwd = typeof body.cwd === "string" ? body.cwd : settings.workspace;
  const options = {
    cwd,
    env,
    ...(typeof body.commandTimeoutMs === "number" ? { commandTimeoutMs: body.commandTimeoutMs } : {}),
  };
  const { id, session } = await sessions.create(typeof body.id === "string" && body.id ? body.id : undefined, options);
  const data = {
    ready: true,
    isDestroying: false,
    shellExitCode: null,
    sessionDir: session.dir,
    id,
    options: { id, ...options },
  };
  return ok({ data, containerPlacementId: null });
};

/** Ids of the sessions with a living shell. */
export const listSessions: Handler = async (_call, { sessions }) => ok({ data: sessions.ids });

/** Deletes a session, after the command that runs in it. */
export const deleteSession: Handler = async (call, { sessions }) => {
  const { sessionId } = await bodyOf(call);
  if (typeof sessionId !== "string" || sessionId === "" || sessionId === sessionless) {
    throw new Fault("VALIDATION_FAILED", "sessionId is required");
  }
  await sessions.delete(sessionId);
  return ok({ sessionId });
};

async function bodyOf(call: Call): Promise<Body> {
  return call.body().catch(() => {
    throw new Fault("VALIDATION_FAILED", "Invalid request body");
  });
}
