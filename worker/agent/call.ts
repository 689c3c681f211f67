import type { ObjectBinding } from "../bound.ts";
import { tally } from "../usage/tally.ts";
import type { Agent } from "./agent.ts";

/** Name of the one Agent object of a bot. */
const agentName = "agent";

/** For whoever calls it. */
export type AgentBinding = ObjectBinding<"Agent", Agent>;

/** The bot's one Agent. */
export function agentOf(env: AgentBinding): DurableObjectStub<Agent> {
  tally.add("objectRequests");
  return env.AGENT.get(env.AGENT.idFromName(agentName));
}
