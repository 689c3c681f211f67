/** The way through Cloudflare's AI Gateway. Source: developers.cloudflare.com/ai-gateway, usage/providers and configuration. */
import type { ProviderName } from "../bindings.ts";
import type { AiGatewayDeclaration } from "./aiGatewaySchema.ts";
import type { ModelTarget } from "./provider.ts";

/** What takes the place of each provider's own address, behind a gateway's. The endpoint of `custom` is nobody's that a gateway knows. */
const paths: Readonly<Partial<Record<ProviderName, string>>> = {
  anthropic: "anthropic",
  openai: "openai",
  openrouter: "openrouter",
};

/** Answers of Cloudflare's edge where what is behind it has not answered. */
const ofTheEdge = [520, 521, 522, 523, 524, 525, 526, 530];
/** Those of them where nothing was sent to it: the others it also gives where a request may have got there (520, 524; 522 for one that was not acknowledged). */
const neverSent = [521, 523, 525, 526, 530];

/** A gateway, and what passes it. */
export interface AiGateway extends AiGatewayDeclaration {
  readonly token: string;
}

/** Where a request goes instead, and with what; undefined where no gateway knows its provider. */
export function throughGateway(
  target: ModelTarget,
  { url, token, logs, caches }: AiGateway,
  about: { readonly bot: string; readonly session: string },
): { readonly target: ModelTarget; readonly headers: Readonly<Record<string, string>> } | undefined {
  const path = paths[target.provider];
  if (path === undefined) return undefined;
  const metadata = { bot: about.bot, ...(about.session && { session: about.session }) };
  return {
    target: { ...target, baseUrl: `${url}/${path}` },
    headers: {
      "cf-aig-authorization": `Bearer ${token}`,
      "cf-aig-metadata": JSON.stringify(metadata),
      "cf-aig-collect-log": String(logs),
      // A gateway with a cache of 0 seconds has been seen to answer equal requests from it for minutes.
      ...(!caches && { "cf-aig-skip-cache": "true" }),
    },
  };
}

/** Whether an answer is not the gateway's, but of the edge before it. */
export function isOfTheEdge({ status }: Pick<Response, "status">): boolean {
  return ofTheEdge.includes(status);
}

/** Whether an answer says that the request got nowhere: it may be made again. */
export function wasNeverSent({ status }: Pick<Response, "status">): boolean {
  return neverSent.includes(status);
}

/** Whether an answer of the gateway comes from its cache, and no provider was asked. */
export function isFromCache({ headers }: Pick<Response, "headers">): boolean {
  return headers.get("cf-aig-cache-status") === "HIT";
}

/** The gateway's own sentence, where an error is its own and not the provider's. */
export function gatewayWords(text: string): string | undefined {
  try {
    const { success, error, errors } = JSON.parse(text) as { success?: unknown; error?: unknown; errors?: unknown };
    const list = Array.isArray(error) ? error : Array.isArray(errors) ? errors : undefined;
    if (success !== false || list === undefined) return undefined;
    const [first] = list as { message?: unknown }[];
    return typeof first?.message === "string" ? first.message : "it did not say why";
  } catch {
    return undefined;
  }
}
