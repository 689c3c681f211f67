import type { ModelEnd } from "../alarms/modelCalls.ts";
import { type ProviderName, providers } from "../bindings.ts";
import type { Secrets } from "../bound.ts";
import type { Declaration } from "../declarationSchema.ts";
import { BotError } from "../errors.ts";
import { type Log, masker } from "../log.ts";
import type { ModelRequest } from "../spend/meter.ts";
import { type Call, failed, handedOn, unanswered } from "./answer.ts";
import { forHermes } from "./failure.ts";
import { type ModelConfig, type ModelTarget, pickProvider } from "./provider.ts";
import { anthropicPrefix, sent, type Way } from "./way.ts";

/**
 * What is asked of a model, in OpenAI's forms and Anthropic's. Nothing else of a provider's API is passed on: its answer (a batch, a
 * picture, a training) tells no tokens, and costs what no cap would see.
 */
const askable = /^(?:\/v1)?\/(?:chat\/completions|completions|responses)$|^\/anthropic(?:\/v1)?\/messages$/;
/** Nobody reads it. */
const clientLeftStatus = 499;
/** Hermes' session, as its plugin says it; it goes no further. */
const sessionHeader = "x-talaria-session";
/** As the plugin names one; a container may send anything. */
const sessionName = /^[\x21-\x7e]{1,200}$/;

/** Keys and endpoint from the Worker's bindings and the declaration. */
export function modelConfig(env: Secrets, { model }: Pick<Declaration, "model">): ModelConfig {
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
    begin(request: ModelRequest, signal: AbortSignal): Promise<Call["run"]>;
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
  const mask = (said: string) => masker([target.key, way.gateway?.token])(said);
  const call: Call = { target, run, ended, mask, signal: request.signal };
  const began = Date.now();
  const answered = await sent({ request, path, text, target, session }, way).catch((error: unknown) => {
    throw unanswered(error, call, Date.now() - began);
  });
  const ms = Date.now() - began;
  const { ok, status } = answered.response;
  log(ok ? "info" : "warn", "model request", { provider: target.provider, model: target.model, status, ms });
  return ok ? handedOn(answered, call) : failed(answered, call, ms);
}

/** "" where none is named, or nothing that can be a name: it becomes part of a header, and of a row that stays for months. */
function sessionOf({ headers }: Request): string {
  const name = headers.get(sessionHeader) ?? "";
  return sessionName.test(name) ? name : "";
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
