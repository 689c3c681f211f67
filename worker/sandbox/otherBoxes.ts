import { declaration } from "../declaration.ts";
import type { Env } from "../env.ts";
import { answerInside, insideHost } from "../inside/inside.ts";
import { networkFields } from "./network.ts";
import { ReachableBox } from "./reachableBox.ts";

/** Runs an agent's commands, apart from its memory. Has no inside host: no handler answers there, and no list may name it. */
export class ExecBox extends ReachableBox {
  constructor(ctx: DurableObjectState<object>, env: Env) {
    super(ctx, env, "exec", networkFields(declaration.exec));
  }
}

/**
 * Runs maintenance of the snapshot repository, drills and imports, apart from the agent. What it restores may be poisoned,
 * so it reaches the snapshots and nothing else.
 */
export class CareBox extends ReachableBox {
  constructor(ctx: DurableObjectState<object>, env: Env) {
    super(ctx, env, "care", networkFields({ network: "none", hosts: [] }, [insideHost]));
  }
}

CareBox.outboundByHost = { [insideHost]: (request, env, ctx) => answerInside(request, env as Env, ctx) };
