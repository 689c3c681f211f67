import { Sandbox } from "@cloudflare/sandbox";
import type { Env } from "../env.ts";
import { answerInside, insideHost } from "../inside/inside.ts";
import { ReachableBox } from "./reachableBox.ts";

/** Runs an agent's commands, apart from its memory. Has no inside host. */
export class ExecBox extends Sandbox<Env> {}

/**
 * Runs maintenance of the snapshot repository, drills and imports, apart from the agent. What it restores may be poisoned,
 * so it reaches the snapshots and nothing else.
 */
export class CareBox extends ReachableBox {
  override enableInternet = false;
}

CareBox.outboundByHost = { [insideHost]: (request, env, ctx) => answerInside(request, env as Env, ctx) };
