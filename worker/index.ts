import { agentOf } from "./agent/call.ts";
import { app } from "./app.ts";
import type { Env } from "./env.ts";

export { ContainerProxy } from "@cloudflare/sandbox";
export { Agent } from "./agent/agent.ts";
export { ExecPool } from "./exec/pool.ts";
export { ExecSession } from "./exec/session.ts";
export { AgentBox } from "./sandbox/agentBox.ts";
export { CareBox, ExecBox } from "./sandbox/otherBoxes.ts";
export { Spend } from "./spend/spend.ts";

export default {
  fetch: app.fetch,
  /** The cron tick: whatever should run and does not, is brought back. */
  async scheduled(_event, env, ctx) {
    ctx.waitUntil(agentOf(env).reconcile());
  },
} satisfies ExportedHandler<Env>;
