/** The real Worker, and a door through which a test runs a command in the agent's container: `POST /test/agent`. */
import { getSandbox } from "@cloudflare/sandbox";
import type { Env } from "../env.ts";
import worker from "../index.ts";

export { Agent, AgentBox, CareBox, ContainerProxy, ExecBox, ExecPool, ExecSession, Spend } from "../index.ts";

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    if (new URL(request.url).pathname !== "/test/agent") return worker.fetch(request, env, ctx);
    const options = { keepAlive: true, enableDefaultSession: false, transport: "http" } as const;
    const { exitCode, stdout, stderr } = await getSandbox(env.AGENT_BOX, "test", options).exec(await request.text());
    return Response.json({ exitCode, stdout, stderr });
  },
};
