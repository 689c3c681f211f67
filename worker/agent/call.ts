import type { Env } from "../env.ts";
import { tally } from "../usage/tally.ts";
import type { Agent } from "./agent.ts";

/** Name of the one Agent object of a bot. */
const agentName = "agent";

/** The bot's one Agent. */
export function agentOf(env: Env): DurableObjectStub<Agent> {
  tally.add("objectRequests");
  return env.AGENT.get(env.AGENT.idFromName(agentName));
}
