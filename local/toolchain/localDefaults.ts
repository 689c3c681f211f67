/** Which model a local stack talks to: the canned one, until the user sets a provider key of his own. */
import { providers } from "../../worker/bindings.ts";
import type { StackConfig } from "./mergeConfig.ts";

export interface LocalDefaultsInput {
  /** `model` of the committed Pulumi.local.yaml. */
  readonly committed: unknown;
  /** The canned model's OpenAI-compatible endpoint. */
  readonly modelUrl: string | undefined;
  /** Config keys that the user has set himself. */
  readonly ownKeys: readonly string[];
}

const providerKeys: readonly string[] = Object.values(providers).map(({ configKey }) => configKey);

/** Hermes cannot look up an unknown model's window and takes nothing below 64 000. */
const cannedModel = { default: "custom/canned", contextLength: 128_000 };

/** `model` and the key for it. With a real provider key, both are left to the program's own defaults. */
export function localDefaults(input: LocalDefaultsInput): {
  readonly config: StackConfig;
  readonly secrets: Readonly<Record<string, string>>;
} {
  const { committed, modelUrl, ownKeys } = input;
  if (ownKeys.some((key) => providerKeys.includes(key))) return { config: {}, secrets: {} };
  const declared = typeof committed === "object" && committed !== null ? committed : {};
  const baseUrl = modelUrl === undefined ? {} : { baseUrl: modelUrl };
  return {
    config: { model: { ...cannedModel, ...declared, ...baseUrl } },
    secrets: { [providers.custom.configKey]: "canned-model" },
  };
}
