/** A Worker with the real object that counts what models cost, and the real doors: `/inside/…` asks as the agent's container does, anything else is the front door. */
import { DurableObject } from "cloudflare:workers";
import { app } from "../app.ts";
import type { Env } from "../env.ts";
import { answerInside } from "../inside/inside.ts";

export { ExecPool } from "../exec/pool.ts";
export { Spend } from "../spend/spend.ts";

export class Agent extends DurableObject {
  modelAnswered(): void {}
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (!pathname.startsWith("/inside/")) return app.fetch(request, env, ctx);
    const asked = new Request(`http://talaria.internal${pathname.slice("/inside".length)}`, request);
    return answerInside(asked, env, { className: "AgentBox", containerId: "of this test" });
  },
};
