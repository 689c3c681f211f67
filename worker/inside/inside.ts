import { waitUntil } from "cloudflare:workers";
import { type AgentBinding, agentOf } from "../agent/call.ts";
import type { ModelEnd } from "../alarms/modelCalls.ts";
import type { BucketBinding, Secrets } from "../bound.ts";
import { declaration } from "../declaration.ts";
import { BotError, reasonOf } from "../errors.ts";
import { answerExec } from "../exec/inside.ts";
import type { SessionBinding } from "../exec/sessionCall.ts";
import { consoleLog, masker } from "../log.ts";
import { modelConfig, proxyModel } from "../model/proxy.ts";
import { modelWay } from "../model/way.ts";
import { outcomeOf } from "../outcome.ts";
import { secretValues } from "../secrets.ts";
import { answerRepository } from "../snapshots/repository.ts";
import { counterOf, type SpendBinding } from "../spend/call.ts";
import { Meter } from "../spend/meter.ts";
import { policyOf } from "../spend/policy.ts";
import { tally } from "../usage/tally.ts";
import type { Caller } from "./caller.ts";

/** The one address of Talaria's own services inside a container (design decision 7). */
export const insideHost = "talaria.internal";

/** What it takes of the platform. */
export type InsideEnv = AgentBinding & SessionBinding & SpendBinding & BucketBinding & Secrets;

const snapshots = "/snapshots/";

/**
 * The container got the signal to end: the Agent saves what it holds. Asked with GET, it says whether it still does: until
 * then the container has to stay (see `bin/talaria-last-snapshot`).
 */
async function answerEnding(method: string, env: AgentBinding): Promise<Response> {
  try {
    if (method === "GET") return Response.json({ saving: await agentOf(env).isSaving() });
    return Response.json(outcomeOf(await agentOf(env).containerEnds()));
  } catch (error) {
    if (error instanceof BotError) return error.toJson();
    throw error;
  }
}

/**
 * Answers `http://talaria.internal`: the declaration, the model and Exec for the agent's container alone, the snapshots for
 * whatever container holds the credential of a run.
 */
export async function answerInside(request: Request, env: InsideEnv, caller: Caller): Promise<Response> {
  tally.add("workerRequests");
  const { pathname } = new URL(request.url);
  const mayAsk = caller.className === "AgentBox" || (caller.className === "CareBox" && pathname.startsWith(snapshots));
  if (!mayAsk) return new BotError("insideOnly", { caller: caller.className, path: pathname }).toJson();
  const log = (object: string) => consoleLog(masker(secretValues(env)), { bot: declaration.bot, object });
  if (pathname === "/ending" && ["GET", "POST"].includes(request.method)) return answerEnding(request.method, env);
  if (pathname === "/declaration") return Response.json(declaration);
  if (pathname.startsWith("/model/")) {
    const toLog = log("model");
    // A call never waits for this, and goes well without it.
    const ended = (end: ModelEnd) =>
      waitUntil(
        agentOf(env)
          .modelAnswered(end)
          .catch((error: unknown) =>
            toLog("warn", "the Agent was not told of a model call", { reason: reasonOf(error) }),
          ),
      );
    const inBackground = (work: Promise<void>) => waitUntil(work);
    const meter = new Meter({
      ...{ counter: counterOf(env), policy: policyOf(declaration), inBackground, log: toLog },
      now: () => Date.now(),
    });
    const answer = proxyModel(request, pathname.slice("/model".length), modelConfig(env, declaration), {
      ...{ log: toLog, ended, meter, way: modelWay(env, declaration, toLog) },
    });
    // A client that leaves would end all of it, and nobody would tell what it cost.
    waitUntil(answer.catch(() => {}));
    return answer;
  }
  if (pathname.startsWith("/exec/")) return answerExec(request, env, log("exec"));
  if (pathname.startsWith(snapshots)) {
    const parts = { env, caller, judge: agentOf(env), log: log("snapshots"), now: () => new Date() };
    return answerRepository(request, pathname.slice(snapshots.length), parts);
  }
  return new BotError("unknownPath", { method: request.method, path: pathname }).toJson();
}
