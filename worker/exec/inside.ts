/** What the agent's container may ask of Exec, below `/exec/` of the inside host. */
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { idForm } from "./requests.ts";
import { askSession, type SessionBinding, sessionName } from "./sessionCall.ts";

const form = new RegExp(`^/exec/sessions/(${idForm})/(jobs/${idForm}(?:/forget|/input)?|rest)$`);
/** The session's object was reset, by an upload for one: the plugin asks the same again. */
const retryAfter = 1;

/** Passes a request on to its session. */
export async function answerExec(request: Request, env: SessionBinding, log: Log): Promise<Response> {
  const url = new URL(request.url);
  const [, asked, rest] = form.exec(url.pathname) ?? [];
  if (asked === undefined || rest === undefined) {
    return new BotError("unknownPath", { method: request.method, path: url.pathname }).toJson();
  }
  try {
    return await askSession(env, sessionName(asked), `/agent/${rest}${url.search}`, request);
  } catch (error) {
    log("warn", "a request for Exec was cut", { reason: reasonOf(error) });
    return new BotError("execNoBox", { reason: reasonOf(error), retryAfter }).toJson();
  }
}
