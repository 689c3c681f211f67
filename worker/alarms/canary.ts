/** The canary: a tiny turn through Hermes and the real model, as far as it goes. Asks for itself, never for a client. */

import * as z from "zod";
import { dayOf } from "../days.ts";
import { reasonOf } from "../errors.ts";

/** What it says; the shorter the answer, the less it costs. */
const question = "Reply with the single word: here";
/** A model may think for a while. */
const answersWithinMs = 120_000;
/** A failed turn is followed by the next so soon, so that two in a row are no matter of hours. */
const againAfterMs = 3 * 60_000;

export const lastCanarySchema = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  ms: z.number(),
  problem: z.string().nullable(),
  /** In a row. */
  failures: z.number(),
  failingSince: z.number().nullable(),
  /** Tokens in and out of this turn, as Hermes reports them. */
  tokens: z.number(),
  /** Day (UTC) of `tokensToday`. */
  day: z.string(),
  tokensToday: z.number(),
});
export type LastCanary = z.infer<typeof lastCanarySchema>;

const answerSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({ message: z.looseObject({ content: z.string().nullish() }), finish_reason: z.string().nullish() }),
    )
    .min(1),
  usage: z.looseObject({ total_tokens: z.number().optional() }).nullish(),
  hermes: z.looseObject({ completed: z.boolean().optional(), error: z.string().nullish() }).nullish(),
});

/** One request to Hermes' API server, with its key. */
export type AskHermes = (method: string, path: string, body?: unknown, session?: string) => Promise<Response>;

/** Whether the next turn is due. */
export function isDue(last: LastCanary | null, everyMinutes: number, now: number): boolean {
  if (last === null || last.at > now) return true;
  const every = everyMinutes * 60_000;
  return now - last.at >= (last.problem === null ? every : Math.min(every, againAfterMs));
}

/** Takes one turn in a session of its own, which is deleted again. Never throws: what it met is the answer. */
export async function canaryTurn(ask: AskHermes, last: LastCanary | null, now: () => number): Promise<LastCanary> {
  const at = now();
  const session = `talaria-canary-${at}`;
  const { problem, tokens } = await turn(ask, session).catch((error: unknown) => ({
    problem: reasonOf(error),
    tokens: 0,
  }));
  const day = dayOf(at);
  return {
    ...{ at, ms: now() - at, problem, tokens, day },
    failures: problem === null ? 0 : (last?.failures ?? 0) + 1,
    failingSince: problem === null ? null : (last?.failingSince ?? at),
    tokensToday: (last?.day === day ? last.tokensToday : 0) + tokens,
  };
}

async function turn(ask: AskHermes, session: string): Promise<{ problem: string | null; tokens: number }> {
  const body = { model: "hermes-agent", stream: false, messages: [{ role: "user", content: question }] };
  try {
    const response = await within(answersWithinMs, ask("POST", "/v1/chat/completions", body, session));
    const text = await response.text();
    if (!response.ok)
      return { problem: `Hermes answers with status ${response.status}: ${text.slice(0, 300)}`, tokens: 0 };
    const { choices, usage, hermes } = answerSchema.parse(JSON.parse(text));
    const tokens = usage?.total_tokens ?? 0;
    const failed = hermes?.completed === false || response.headers.has("x-hermes-error");
    if (failed) return { problem: hermes?.error ?? response.headers.get("x-hermes-error") ?? "the run failed", tokens };
    const said = choices[0]?.message.content?.trim() ?? "";
    return { problem: said === "" ? "the answer was empty" : null, tokens };
  } finally {
    // What is left of the session when Hermes does not delete it is one line of its history.
    await ask("DELETE", `/api/sessions/${session}`).then(
      (response) => response.body?.cancel(),
      () => {},
    );
  }
}

function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} seconds`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
