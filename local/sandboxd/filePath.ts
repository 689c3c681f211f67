/** Paths in requests: validation, and where relative ones start. */
import path from "node:path";
import { type Body, type Call, sessionless } from "./call.ts";
import { Fault } from "./fault.ts";
import type { Sandbox } from "./sandbox.ts";

/** A path as the client gave it and as the file system takes it. */
export interface Place {
  readonly given: string;
  readonly file: string;
}

/** The path of a request; a missing, empty or NUL-containing one is refused. */
export function pathFrom(body: Body, field = "path"): string {
  const given = body[field];
  const message = problemOf(given);
  if (message === undefined) return String(given);
  throw new Fault("VALIDATION_FAILED", `Invalid path format for '${given}': ${message}`, {
    validationErrors: [{ field: "path", message, code: "INVALID_PATH" }],
  });
}

/** Relative paths start in the workspace, in a session where its shell is. Touching a session creates it. */
export async function resolveIn(sandbox: Sandbox, sessionId: string | undefined, given: string): Promise<string> {
  if (sessionId === sessionless) return path.resolve(sandbox.settings.workspace, given);
  return path.resolve(await sandbox.sessions.cwd(sessionId ?? "default"), given);
}

/** The two paths of a rename or move. A missing second one is another error than a missing first one. */
export async function sourceAndTarget(
  call: Call,
  sandbox: Sandbox,
  from: string,
  to: string,
): Promise<{ from: Place; to: Place }> {
  const body = await call.body();
  const source = pathFrom(body, from);
  const problem = problemOf(body[to]);
  if (problem !== undefined) {
    const context = { [from]: source, errors: [problem] };
    throw new Fault("SECURITY_VALIDATION_FAILED", `Security validation failed: ${problem}`, context);
  }
  const place = async (given: string) => ({ given, file: await resolveIn(sandbox, call.sessionId(body), given) });
  return { from: await place(source), to: await place(String(body[to])) };
}

function problemOf(given: unknown): string | undefined {
  if (typeof given !== "string" || given === "") return "Path must be a non-empty string";
  return given.includes("\0") ? "Path contains null bytes" : undefined;
}
