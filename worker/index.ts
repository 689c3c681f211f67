import { env as bindings } from "cloudflare:workers";
import { agentOf } from "./agent/call.ts";
import { app } from "./app.ts";
import { declaration } from "./declaration.ts";
import type { Env } from "./env.ts";
import { consoleLog, masker } from "./log.ts";
import { secretValues } from "./secrets.ts";
import { tellUsage } from "./spend/tell.ts";
import { tally } from "./usage/tally.ts";
import { tellWhatIsCounted } from "./usage/telling.ts";

export { ContainerProxy } from "@cloudflare/sandbox";
export { Agent } from "./agent/agent.ts";
export { ExecPool } from "./exec/pool.ts";
export { ExecSession } from "./exec/session.ts";
export { AgentBox } from "./sandbox/agentBox.ts";
export { CareBox, ExecBox } from "./sandbox/otherBoxes.ts";
export { Spend } from "./spend/spend.ts";

const own = bindings as Env;
tellWhatIsCounted(
  (reading) => tellUsage(own, reading),
  consoleLog(masker(secretValues(own)), { bot: declaration.bot, object: "usage" }),
);

export default {
  fetch(request: Request, env, ctx) {
    tally.add("workerRequests");
    return app.fetch(request, env, ctx);
  },
  /** The cron tick: whatever should run and does not, is brought back. */
  async scheduled(_event, env, ctx) {
    tally.add("workerRequests");
    ctx.waitUntil(agentOf(env).reconcile());
  },
} satisfies ExportedHandler<Env>;
