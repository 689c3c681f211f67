import { declaration } from "../declaration.ts";
import type { Env } from "../env.ts";
import { BotError } from "../errors.ts";
import { consoleLog, masker } from "../log.ts";
import { modelConfig, proxyModel } from "../model/proxy.ts";
import { secretValues } from "../secrets.ts";

/** The one address of Talaria's own services inside a container (design decision 7). */
export const insideHost = "talaria.internal";

/** Who asks: the platform says so, no token does. */
export interface Caller {
  readonly className: string;
  readonly containerId: string;
}

/** Answers `http://talaria.internal`: the declaration and the model, for the agent's container alone. */
export async function answerInside(request: Request, env: Env, caller: Caller): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (caller.className !== "AgentBox") {
    return new BotError("insideOnly", { caller: caller.className, path: pathname }).toJson();
  }
  if (pathname === "/declaration") return Response.json(declaration);
  if (pathname.startsWith("/model/")) {
    const log = consoleLog(masker(secretValues(env)), { bot: declaration.bot, object: "model" });
    return proxyModel(request, pathname.slice("/model".length), modelConfig(env, declaration), log);
  }
  return new BotError("unknownPath", { method: request.method, path: pathname }).toJson();
}
