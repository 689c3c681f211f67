/** A Worker with the real boxes of the agent and of its commands. `POST /<agent|exec>` runs the body as a command in one. */
import { DurableObject } from "cloudflare:workers";
import { getSandbox } from "@cloudflare/sandbox";

export { ContainerProxy } from "@cloudflare/sandbox";
export { AgentBox } from "../sandbox/agentBox.ts";
export { ExecBox } from "../sandbox/otherBoxes.ts";

export class Agent extends DurableObject {
  boxEnded(): void {}
}

type BoxNamespace = Parameters<typeof getSandbox>[0];
interface Env {
  readonly AGENT_BOX: BoxNamespace;
  readonly EXEC_BOX: BoxNamespace;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const namespace = new URL(request.url).pathname === "/agent" ? env.AGENT_BOX : env.EXEC_BOX;
    const sandbox = getSandbox(namespace, "box", { keepAlive: true, enableDefaultSession: false, transport: "http" });
    const { exitCode, stdout, stderr } = await sandbox.exec(await request.text());
    return Response.json({ exitCode, stdout, stderr });
  },
};
