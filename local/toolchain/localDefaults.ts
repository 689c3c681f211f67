/** Which model a local stack talks to (the canned one, until the user sets a provider key of his own), and where AI gateways are. */
import { providers } from "../../worker/bindings.ts";
import type { StackConfig } from "./mergeConfig.ts";

export interface LocalDefaultsInput {
  /** `model` and `aiGateway` of the committed Pulumi.local.yaml. */
  readonly committed: { readonly model?: unknown; readonly aiGateway?: unknown };
  /** The canned model's OpenAI-compatible endpoint. */
  readonly modelUrl: string | undefined;
  /** What stands in for `https://gateway.ai.cloudflare.com/v1`. */
  readonly aiGatewayUrl: string | undefined;
  /** Config keys that the user has set himself. */
  readonly ownKeys: readonly string[];
}

const providerKeys: readonly string[] = Object.values(providers).map(({ configKey }) => configKey);

/** The key of the canned model. A loopback AI gateway takes whatever begins so there, too, whichever provider is asked. */
export const cannedKey = "canned-model";
/** Hermes cannot look up an unknown model's window and takes nothing below 64 000. */
const cannedModel = { default: "custom/canned", contextLength: 128_000 };

/** `aiGateway`; and `model` with the key for it, which are left to the program's own defaults once the user has set a provider key. */
export function localDefaults(input: LocalDefaultsInput): {
  readonly config: StackConfig;
  readonly secrets: Readonly<Record<string, string>>;
} {
  const { committed, modelUrl, aiGatewayUrl, ownKeys } = input;
  const gateway = { ...(aiGatewayUrl !== undefined && { baseUrl: aiGatewayUrl }), ...fields(committed.aiGateway) };
  const config = Object.keys(gateway).length > 0 ? { aiGateway: gateway } : {};
  if (ownKeys.some((key) => providerKeys.includes(key))) return { config, secrets: {} };
  const baseUrl = modelUrl === undefined ? {} : { baseUrl: modelUrl };
  return {
    config: { ...config, model: { ...cannedModel, ...fields(committed.model), ...baseUrl } },
    secrets: { [providers.custom.configKey]: cannedKey },
  };
}

function fields(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
