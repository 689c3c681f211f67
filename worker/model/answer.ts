/** What becomes of a provider's answer, or of its absence: what Hermes gets, what the alarms are told, and what is paid for. */
import type { ModelEnd } from "../alarms/modelCalls.ts";
import { providers } from "../bindings.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Run } from "../spend/meter.ts";
import { gatewayWords, isFromCache, isOfTheEdge } from "./aiGateway.ts";
import { emptyAnswer, failureOf, forHermes, isRedirect } from "./failure.ts";
import { fromFirstToken } from "./firstToken.ts";
import type { ModelTarget } from "./provider.ts";
import type { Answered } from "./way.ts";

/** Hermes repeats a 5xx for a minute; what another try does not mend comes with this one. */
const noRetryStatus = 400;
/** Statuses of whoever stands before a provider and lost it: that may go on, and charge. */
const cutOff: readonly number[] = [502, 504, 520, 522, 524];
/** Headers of a provider's answer that Hermes gets. */
const passedHeaders = ["content-type", "retry-after", "x-request-id", "request-id"];

/** A request that is sent. */
export interface Call {
  readonly target: ModelTarget;
  /** What counts its cost. */
  readonly run: Pick<Run, "free" | "refused" | "lost" | "counted">;
  /** Told how the call went, as far as its first token. */
  readonly ended: (end: ModelEnd) => void;
  /** Some name the key that they refuse; the container shall not read it. */
  readonly mask: (text: string) => string;
  /** Of its client. */
  readonly signal: AbortSignal;
}

/** What to throw for a request that nobody answered. `ms`: how long it was under way. */
export function unanswered(error: unknown, { target, run, ended, signal }: Call, ms: number): BotError {
  const { provider } = target;
  const { configKey } = providers[provider];
  const problem =
    error instanceof BotError
      ? error
      : new BotError("modelUnreachable", { provider, configKey, reason: reasonOf(error) });
  if (!signal.aborted) ended(failedEnd(target, null, problem));
  if (signal.aborted || mayHaveRun(ms)) run.lost();
  else run.refused();
  return problem;
}

/** A good answer on its way to Hermes, from its first token on. @throws what breaks it off before that */
export async function handedOn({ response, byGateway }: Answered, call: Call): Promise<Response> {
  const { target, run, ended, signal } = call;
  const { status, headers } = response;
  const { provider } = target;
  const isPaid = !(byGateway && isFromCache(response));
  if (!isPaid) run.free();
  const body = (response.body ?? nothing()).getReader();
  const counted = isPaid ? run.counted(body, headers.get("content-type")) : body;
  const whole = await fromFirstToken(counted).catch((error: unknown) => {
    if (!signal.aborted) ended({ ok: false, status, provider, problem: reasonOf(error) });
    throw error;
  });
  if (whole === undefined) {
    const empty = emptyAnswer(target);
    ended(failedEnd(target, status, empty));
    return forHermes(empty, noRetryStatus);
  }
  ended({ ok: true, status, provider, problem: null });
  return new Response(whole, { status, headers: answerHeaders(response) });
}

/** An answer that is none, in words for Hermes. `ms`: how long it was waited for. */
export async function failed({ response, byGateway }: Answered, call: Call, ms: number): Promise<Response> {
  const { target, run, ended, mask } = call;
  const { status } = response;
  if (cutOff.includes(status) && mayHaveRun(ms)) run.lost();
  else run.refused();
  const said = mask(await response.text());
  const failure =
    (byGateway && gatewayFailure(target, response, said)) || failureOf(target, status, providersWords(said));
  // A request that is wrong in itself says nothing of the model.
  if (failure) ended(failedEnd(target, status, failure));
  return failure
    ? forHermes(failure, isRedirect(status) ? noRetryStatus : status, response.headers.get("retry-after"))
    : new Response(said, { status, headers: answerHeaders(response) });
}

/** Of an answer that has no body at all (204): it ends as an empty one does. */
function nothing(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

/** Whether a model may have worked, and be billed, in a request that came to nothing: a connection that cannot be made fails at once. */
function mayHaveRun(ms: number): boolean {
  return ms >= 2_000;
}

/** What is wrong with the gateway; undefined where the answer is the provider's. */
function gatewayFailure({ provider }: ModelTarget, response: Response, text: string): BotError | undefined {
  const { status } = response;
  const refusal = gatewayWords(text);
  if (refusal !== undefined) return new BotError("aiGatewayRefused", { provider, status, reason: refusal });
  return isOfTheEdge(response)
    ? new BotError("aiGatewayUnreachable", { provider, reason: `Cloudflare's edge answered with status ${status}` })
    : undefined;
}

function failedEnd({ provider }: ModelTarget, status: number | null, { message }: BotError): ModelEnd {
  return { ok: false, status, provider, problem: message };
}

function answerHeaders(response: Response): Headers {
  const headers = new Headers();
  for (const name of passedHeaders) {
    const value = response.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}

/** The provider's own sentence, from OpenAI's or Anthropic's error body. */
function providersWords(text: string): string {
  try {
    const parsed = JSON.parse(text) as { error?: { message?: unknown }; message?: unknown };
    const message = parsed.error?.message ?? parsed.message;
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}
