import { declaration } from "../declaration.ts";
import { answerInside, type InsideEnv, insideHost } from "../inside/inside.ts";
import { networkFields } from "./network.ts";
import { type BoxEnv, ReachableBox } from "./reachableBox.ts";

/** Runs an agent's commands, apart from its memory. Has no inside host: no handler answers there, and no list may name it. */
export class ExecBox extends ReachableBox {
  constructor(ctx: DurableObjectState<object>, env: BoxEnv) {
    super(ctx, env, "exec", networkFields(declaration.exec));
  }
}

/**
 * Runs maintenance of the snapshot repository, drills and imports, apart from the agent. What it restores may be poisoned,
 * so it reaches the snapshots and nothing else.
 */
export class CareBox extends ReachableBox {
  constructor(ctx: DurableObjectState<object>, env: BoxEnv) {
    super(ctx, env, "care", networkFields({ network: "none", hosts: [] }, [insideHost]));
  }
}

CareBox.outboundByHost = { [insideHost]: (request, env, ctx) => answerInside(request, env as InsideEnv, ctx) };
