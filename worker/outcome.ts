import { BotError, type ProblemCode } from "./errors.ts";

/** A result that survives a Durable Object call: an error's class does not. */
export type Outcome<T> =
  | { readonly value: T }
  | { readonly problem: { readonly code: ProblemCode; readonly details: Readonly<Record<string, string | number>> } };

/** Runs one call on the object's side. Errors of the registry become part of the answer; defects are thrown. */
export async function settle<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    return { problem: { code: error.code, details: error.details } };
  }
}

/** The value on the caller's side. @throws BotError that the object met */
export function outcomeOf<T>(outcome: Outcome<T>): T {
  if ("problem" in outcome) throw new BotError(outcome.problem.code, outcome.problem.details);
  return outcome.value;
}
