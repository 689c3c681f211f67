/**
 * The real Worker with two doors for the torture: R2 that fails as told, and a look at the bucket past everything.
 * Only what stands between Talaria and R2 is wrapped; no line of the Worker's own is replaced.
 */

import worker, { Agent as RealAgent, AgentBox as RealAgentBox, CareBox as RealCareBox } from "../../../worker/index.ts";
import { answerInside, insideHost } from "../../../worker/inside/inside.ts";
import { answerBucket } from "./bucket.js";
import { shiftClock } from "./clock.js";
import { shaky, tellR2 } from "./shaky.js";

export { ContainerProxy, ExecBox, ExecPool, ExecSession } from "../../../worker/index.ts";

shiftClock();

/** @param {any} env */
const shakyEnv = (env) => ({ ...env, SNAPSHOTS: shaky(env.SNAPSHOTS, "repository") });

export class Agent extends RealAgent {
  /** @param {any} ctx @param {any} env */
  constructor(ctx, env) {
    super(ctx, { ...env, SNAPSHOTS: shaky(env.SNAPSHOTS, "agent") });
  }
}

export class AgentBox extends RealAgentBox {}
AgentBox.outboundByHost = { [insideHost]: (request, env, ctx) => answerInside(request, shakyEnv(env), ctx) };

export class CareBox extends RealCareBox {}
CareBox.outboundByHost = { [insideHost]: (request, env, ctx) => answerInside(request, shakyEnv(env), ctx) };

export default {
  /** @param {Request} request @param {any} env @param {any} ctx */
  async fetch(request, env, ctx) {
    const { pathname } = new URL(request.url);
    if (pathname === "/torture/r2") return tellR2(request);
    if (pathname === "/torture/bucket") return answerBucket(request, env.SNAPSHOTS);
    return worker.fetch(request, env, ctx);
  },
  scheduled: worker.scheduled,
};
