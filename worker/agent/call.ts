import type { Env } from "../env.ts";
import { BotError, type ProblemCode } from "../errors.ts";
import { tally } from "../usage/tally.ts";
import type { Agent } from "./agent.ts";

/** Name of the one Agent object of a bot. */
const agentName = "agent";

/** The bot's one Agent. */
export function agentOf(env: Env): DurableObjectStub<Agent> {
  tally.add("objectRequests");
  return env.AGENT.get(env.AGENT.idFromName(agentName));
}

/** A result that survives a Durable Object call: an error's class does not. */
export type Outcome<T> =
  | { readonly value: T }
  | { readonly problem: { readonly code: ProblemCode; readonly details: Readonly<Record<string, string | number>> } };

/** Runs one call on the Agent's side. Errors of the registry become part of the answer; defects are thrown. */
export async function settle<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    return { problem: { code: error.code, details: error.details } };
  }
}

/** The value on the caller's side. @throws BotError that the Agent met */
export function outcomeOf<T>(outcome: Outcome<T>): T {
  if ("problem" in outcome) throw new BotError(outcome.problem.code, outcome.problem.details);
  return outcome.value;
}
