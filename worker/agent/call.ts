import type { ObjectBinding } from "../bound.ts";
import { objectOf } from "../usage/object.ts";
import type { Agent } from "./agent.ts";

/** Name of the one Agent object of a bot. */
const agentName = "agent";

/** For whoever calls it. */
export type AgentBinding = ObjectBinding<"Agent", Agent>;

/** The bot's one Agent. */
export function agentOf(env: AgentBinding): DurableObjectStub<Agent> {
  return objectOf(env.AGENT, agentName);
}
