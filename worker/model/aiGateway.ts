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

/** Answers of Cloudflare's edge where what is behind it cannot be reached. */
const unreachable = [520, 521, 522, 523, 524, 525, 526, 530];

/** A gateway, and what passes it. */
export interface AiGateway extends AiGatewayDeclaration {
  readonly token: string;
}

/** Where a request goes instead, and with what; undefined where no gateway knows its provider. */
export function throughGateway(
  target: ModelTarget,
  { url, token, logs }: AiGateway,
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
    },
  };
}

/** Whether an answer says that the gateway itself is out of reach. */
export function isDown({ status }: Pick<Response, "status">): boolean {
  return unreachable.includes(status);
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
