import { madeSecrets } from "../bindings.ts";
import type { Secrets } from "../bound.ts";
import type { Declaration } from "../declarationSchema.ts";
import { BotError, reasonOf } from "../errors.ts";
import type { Log } from "../log.ts";
import { type AiGateway, throughGateway, wasNeverSent } from "./aiGateway.ts";
import type { ModelTarget } from "./provider.ts";

/** Anthropic's API version that Hermes' client speaks, sent when the client names none. */
const anthropicVersion = "2023-06-01";
/** Headers of the container's request that reach the provider; everything else stays inside. */
const passedHeaders = ["content-type", "accept", "anthropic-version", "anthropic-beta", "user-agent"];
/** Where requests on the Anthropic-native path start. */
export const anthropicPrefix = "/anthropic";

/** How requests get to their provider. */
export interface Way {
  readonly bot: string;
  /** Undefined: straight. */
  readonly gateway: AiGateway | undefined;
  readonly log: Log;
}

/** The declared way. A gateway without its token is not passed: the stack makes both, or none. */
export function modelWay(env: Secrets, { bot, aiGateway }: Pick<Declaration, "bot" | "aiGateway">, log: Log): Way {
  const token = env[madeSecrets.aiGatewayToken];
  return { bot, log, gateway: aiGateway && token ? { ...aiGateway, token } : undefined };
}

/** A request of the agent, as it goes out. */
export interface Sending {
  /** As it came from the container. */
  readonly request: Request;
  /** What followed `/model` there. */
  readonly path: string;
  /** The body that is sent. */
  readonly text: string;
  readonly target: ModelTarget;
  /** Hermes' session, "" where none is known. */
  readonly session: string;
}

/** An answer, and who gave it. */
export interface Answered {
  readonly response: Response;
  readonly byGateway: boolean;
}

/**
 * Sends one request, through the AI Gateway where there is one, and once: the provider is asked straight only where the edge says
 * that nothing was sent to the gateway. A connection that was refused and one that broke when the request was under way are
 * the same error in workerd ("Network connection lost."), so neither is tried again.
 * @throws what `fetch` throws, where nobody is reached; BotError where that is the gateway
 */
export async function sent(sending: Sending, { bot, gateway, log }: Way): Promise<Answered> {
  const { request, target, session } = sending;
  const straight = () => post(sending);
  const through = gateway && throughGateway(target, gateway, { bot, session });
  if (gateway === undefined || through === undefined) return { response: await straight(), byGateway: false };
  const response = await post({ ...sending, target: through.target }, through.headers).catch((error: unknown) => {
    if (request.signal.aborted) throw error;
    throw new BotError("aiGatewayUnreachable", { provider: target.provider, reason: reasonOf(error) });
  });
  if (gateway.onFailure === "fail" || !wasNeverSent(response)) return { response, byGateway: true };
  await response.body?.cancel();
  log("warn", "the AI Gateway is out of reach: the provider is asked straight", { status: response.status });
  return { response: await straight(), byGateway: false };
}

function post(
  { request, path, text, target }: Sending,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const headers = headersFor(request, target, path);
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  // Keys go to the address that is declared, and nowhere that it points to.
  return fetch(endpoint(path, target), {
    ...{ method: "POST", headers, body: text, signal: request.signal, redirect: "manual" },
  });
}

function endpoint(path: string, { baseUrl, provider }: ModelTarget): string {
  if (path.startsWith(`${anthropicPrefix}/`)) {
    const rest = path.slice(anthropicPrefix.length).replace(/^\/v1/, "");
    return `${baseUrl.replace(/\/v1$/, "")}/v1${rest}`;
  }
  const rest = path.replace(/^\/v1/, "");
  return provider === "anthropic" ? `${baseUrl}/v1${rest}` : `${baseUrl}${rest}`;
}

function headersFor(request: Request, { provider, key }: ModelTarget, path: string): Headers {
  const headers = new Headers();
  for (const name of passedHeaders) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  headers.set("content-type", "application/json");
  if (path.startsWith(`${anthropicPrefix}/`)) {
    headers.set("x-api-key", key);
    if (!headers.has("anthropic-version")) headers.set("anthropic-version", anthropicVersion);
  }
  if (provider !== "anthropic" || !path.startsWith(`${anthropicPrefix}/`))
    headers.set("authorization", `Bearer ${key}`);
  return headers;
}
