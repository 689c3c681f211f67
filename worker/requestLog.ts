import type { Context } from "hono";
import { declaration } from "./declaration.ts";
import { consoleLog, type Log, masker } from "./log.ts";
import type { App } from "./routes/context.ts";
import { secretValues } from "./secrets.ts";

/** The platform's log, masked, with the request's id on each line. */
export function requestLog({ env, var: { requestId } }: Context<App>): Log {
  return consoleLog(masker(secretValues(env)), { bot: declaration.bot, requestId });
}
