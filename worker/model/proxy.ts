import type { ModelEnd } from "../alarms/modelCalls.ts";
import { type ProviderName, providers } from "../bindings.ts";
import type { Declaration } from "../declarationSchema.ts";
import type { Env } from "../env.ts";
import { BotError, reasonOf } from "../errors.ts";
import { type Log, masker } from "../log.ts";
import type { ModelRequest, Run } from "../spend/meter.ts";
import { gatewayWords, isFromCache, isOfTheEdge } from "./aiGateway.ts";
import { emptyAnswer, failureOf, forHermes } from "./failure.ts";
import { fromFirstToken } from "./firstToken.ts";
import { type ModelConfig, type ModelTarget, pickProvider } from "./provider.ts";
import { anthropicPrefix, sent, type Way } from "./way.ts";

/** Hermes repeats a 5xx for a minute; what another try does not mend comes with this one. */
const noRetryStatus = 400;
/**
 * What is asked of a model, in OpenAI's forms and Anthropic's. Nothing else of a provider's API is passed on: its answer (a batch, a
 * picture, a training) tells no tokens, and costs what no cap would see.
 */
const askable = /^(?:\/v1)?\/(?:chat\/completions|completions|responses)$|^\/anthropic(?:\/v1)?\/messages$/;
/** Nobody reads it. */
const clientLeftStatus = 499;
/** Statuses of whoever stands before a provider and lost it: that may go on, and charge. */
const cutOff: readonly number[] = [502, 504, 520, 522, 524];
/** Hermes' session, as its plugin says it; it goes no further. */
const sessionHeader = "x-talaria-session";
/** As the plugin names one; a container may send anything. */
const sessionName = /^[\x21-\x7e]{1,200}$/;

/** Keys and endpoint from the Worker's bindings and the declaration. */
export function modelConfig(env: Partial<Env>, { model }: Pick<Declaration, "model">): ModelConfig {
  const keys: Partial<Record<ProviderName, string>> = {};
  for (const name of Object.keys(providers) as ProviderName[]) {
    const value = env[providers[name].secret];
    if (value) keys[name] = value;
  }
  return { keys, customBaseUrl: model.baseUrl, defaultModel: model.default };
}

/** What the proxy tells of each call, and what its money is counted by. */
export interface ModelParts {
  readonly log: Log;
  /** Told how each call went, as far as its first token. */
  readonly ended: (end: ModelEnd) => void;
  readonly meter: {
    begin(request: ModelRequest, signal: AbortSignal): Promise<Pick<Run, "free" | "refused" | "lost" | "counted">>;
  };
  readonly way: Way;
}

/**
 * Passes a model request of the agent on, with the provider's key, which the container never holds.
 * `path` is what follows `/model`: `/v1/chat/completions` (OpenAI's form) or `/anthropic/v1/messages` (Anthropic's).
 * Bodies pass through and are neither stored nor logged.
 */
export async function proxyModel(
  request: Request,
  path: string,
  config: ModelConfig,
  parts: ModelParts,
): Promise<Response> {
  if (request.method !== "POST") return probe(path, config);
  if (!askable.test(path)) {
    const error = new BotError("modelPathUnknown", { path });
    return forHermes(error, error.status);
  }
  const native = path.startsWith(`${anthropicPrefix}/`);
  const body = await readBody(request);
  try {
    // Its tokens would come when nobody counts any more.
    if (body.background === true)
      throw new BotError("badRequest", { reason: "The model proxy asks for no answer in the background." });
    const target = pickProvider(requestedModel(body, native), config);
    return await send(request, path, { ...body, ...withUsage(body, path, target), model: target.model }, target, parts);
  } catch (error) {
    if (!(error instanceof BotError)) throw error;
    parts.log("warn", error.message, { code: error.code });
    return forHermes(error, error.status);
  }
}

async function send(
  request: Request,
  path: string,
  body: Record<string, unknown>,
  target: ModelTarget,
  { log, ended, meter, way }: ModelParts,
): Promise<Response> {
  const session = sessionOf(request);
  const text = JSON.stringify(body);
  const asked = { provider: target.provider, model: target.model, path, body, text, session };
  const run = await meter.begin(asked, request.signal);
  if (request.signal.aborted) {
    run.refused(); // its client has left while it waited for room
    return new Response(null, { status: clientLeftStatus });
  }
  const started = Date.now();
  const answered = await sent(request, path, text, target, way, session).catch((error: unknown) => {
    const { provider } = target;
    const { configKey } = providers[provider];
    const problem =
      error instanceof BotError
        ? error
        : new BotError("modelUnreachable", { provider, configKey, reason: reasonOf(error) });
    if (!request.signal.aborted) ended(failedEnd(target, null, problem));
    if (request.signal.aborted || mayHaveRun(Date.now() - started)) run.lost();
    else run.refused();
    throw problem;
  });
  const { response, byGateway } = answered;
  const { status } = response;
  const fields = { provider: target.provider, model: target.model, status, ms: Date.now() - started };
  log(response.ok ? "info" : "warn", "model request", fields);
  if (response.ok) {
    const isPaid = !(byGateway && isFromCache(response));
    if (!isPaid) run.free();
    const reader = (response.body ?? nothing()).getReader();
    const counted = isPaid ? run.counted(reader, response.headers.get("content-type")) : reader;
    const whole = await fromFirstToken(counted).catch((error: unknown) => {
      if (!request.signal.aborted) ended({ ok: false, status, provider: target.provider, problem: reasonOf(error) });
      throw error;
    });
    const empty = whole === undefined ? emptyAnswer(target) : undefined;
    ended(empty ? failedEnd(target, status, empty) : { ok: true, status, provider: target.provider, problem: null });
    if (whole) return new Response(whole, { status, headers: answerHeaders(response) });
    return forHermes(emptyAnswer(target), noRetryStatus);
  }
  if (cutOff.includes(status) && mayHaveRun(fields.ms)) run.lost();
  else run.refused();
  // Some name the key that they refuse; the container shall not read it.
  const said = masker([target.key, way.gateway?.token])(await response.text());
  const failure =
    (byGateway && gatewayFailure(target, response, said)) || failureOf(target, status, providersWords(said));
  // A request that is wrong in itself says nothing of the model.
  if (failure) ended(failedEnd(target, status, failure));
  return failure
    ? forHermes(failure, status >= 300 && status < 400 ? noRetryStatus : status, response.headers.get("retry-after"))
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

/** "" where none is named, or nothing that can be a name: it becomes part of a header, and of a row that stays for months. */
function sessionOf({ headers }: Request): string {
  const name = headers.get(sessionHeader) ?? "";
  return sessionName.test(name) ? name : "";
}

function failedEnd({ provider }: ModelTarget, status: number | null, { message }: BotError): ModelEnd {
  return { ok: false, status, provider, problem: message };
}

/** Hermes looks for models and local servers when it starts; it gets the declared model or a quick 404. */
function probe(path: string, { defaultModel }: ModelConfig): Response {
  if (path !== "/v1/models") return Response.json({ error: { message: "not here" } }, { status: 404 });
  return Response.json({ object: "list", data: [{ id: defaultModel, object: "model", owned_by: "talaria" }] });
}

/** Of a model's name, which becomes part of a row, a log line and an alarm. */
const longestName = 200;

/**
 * A stream in OpenAI's form says what it has used where it is asked to, as Hermes does; hidden reasoning is told nowhere else. An endpoint of
 * one's own may not know the word.
 */
function withUsage(body: Record<string, unknown>, path: string, { provider }: ModelTarget): Record<string, unknown> {
  if (body.stream !== true || provider === "custom" || !path.endsWith("/completions")) return {};
  return { stream_options: { ...(body.stream_options as object | null | undefined), include_usage: true } };
}

/** On the native path an id carries no prefix: it is Anthropic's own. */
function requestedModel(body: Record<string, unknown>, native: boolean): string | undefined {
  const model = typeof body.model === "string" ? body.model : undefined;
  if (model !== undefined && model.length > longestName)
    throw new BotError("badRequest", { reason: `The name of the model is longer than ${longestName} characters.` });
  if (!native || !model) return model;
  return model.startsWith("anthropic/") ? model : `anthropic/${model}`;
}

async function readBody(request: Request): Promise<Record<string, unknown>> {
  const body: unknown = await request.json().catch(() => undefined);
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new BotError("badRequest", { reason: "The model request is not a JSON object." });
  }
  return body as Record<string, unknown>;
}

function answerHeaders(response: Response): Headers {
  const headers = new Headers();
  for (const name of ["content-type", "retry-after", "x-request-id", "request-id"]) {
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
