/**
 * A Worker with the real objects and boxes of Exec and the real doors, for tests against the real supervisor: `/inside/…` asks as the
 * agent's container does, `/end/<box>` ends a container as the platform may, `/flare` runs a command as a
 * predecessor does, anything else is the front door.
 */
import { DurableObject } from "cloudflare:workers";
import { app } from "../app.ts";
import type { Env } from "../env.ts";
import { answerInside } from "../inside/inside.ts";
import { sandboxBox } from "../sandbox/sandboxBox.ts";

export { ContainerProxy } from "@cloudflare/sandbox";
export { ExecPool } from "../exec/pool.ts";
export { ExecSession } from "../exec/session.ts";
export { ExecBox } from "../sandbox/otherBoxes.ts";

export class Agent extends DurableObject {
  status(): object {
    return {};
  }
}

/** Takes what containers used, and keeps nothing of it. */
export class Spend extends DurableObject {
  used(): void {}
}

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const [, place, name = ""] = pathname.split("/");
    if (place === "end") {
      await sandboxBox(env.EXEC_BOX, () => name).destroy();
      return new Response("ended");
    }
    if (place === "flare") {
      // As hermes-flare does it, for comparison: one sandbox for all, the whole answer at its end.
      const { command } = (await request.json()) as { command: string };
      return Response.json(await sandboxBox(env.EXEC_BOX, () => "flare").run(command, { timeoutMs: 60_000 }));
    }
    if (place !== "inside") return app.fetch(request, env, ctx);
    const asked = new Request(`http://talaria.internal${pathname.slice("/inside".length)}${search}`, request);
    return answerInside(asked, env, { className: "AgentBox", containerId: "of this test" });
  },
};
