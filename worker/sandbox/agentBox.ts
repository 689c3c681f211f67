import { agentOf } from "../agent/call.ts";
import { declaration } from "../declaration.ts";
import { answerInside, type InsideEnv, insideHost } from "../inside/inside.ts";
import { networkFields } from "./network.ts";
import { ReachableBox } from "./reachableBox.ts";

/** The container that Hermes lives in. Its object holds no state of ours but the count of what it uses: it can be thrown away, even renamed. */
export class AgentBox extends ReachableBox<InsideEnv> {
  constructor(ctx: DurableObjectState<object>, env: InsideEnv) {
    super(ctx, env, "hermes", networkFields(declaration.agent, [insideHost]));
  }

  /** Tells the Agent at once; its cron tick would notice the same later. */
  override async onStop(params: { exitCode: number; reason: "exit" | "runtime_signal" }): Promise<void> {
    await super.onStop(params);
    await agentOf(this.env).boxEnded(params.exitCode);
  }
}

AgentBox.outboundByHost = { [insideHost]: (request, env, ctx) => answerInside(request, env as InsideEnv, ctx) };
