import { type ProviderName, providers } from "../bindings.ts";
import { BotError } from "../errors.ts";

/** Where one model request goes. */
export interface ModelTarget {
  readonly provider: ProviderName;
  readonly baseUrl: string;
  readonly key: string;
  /** The model's id as the provider knows it. */
  readonly model: string;
}

/** Keys and endpoint that the stack configured. */
export interface ModelConfig {
  readonly keys: Readonly<Partial<Record<ProviderName, string>>>;
  readonly customBaseUrl: string | undefined;
  /** Used when a request names no model, e.g. `anthropic/claude-sonnet-4-6`. */
  readonly defaultModel: string;
}

const names = Object.keys(providers) as ProviderName[];

/**
 * Picks the provider by the model's prefix. `anthropic/…` and `openai/…` fall to OpenRouter when only that key is set,
 * since OpenRouter uses the same ids; an id without a known prefix belongs to the default model's provider.
 * @throws BotError `modelNotDeclared` naming the config line of the missing key.
 */
export function pickProvider(requested: string | undefined, config: ModelConfig): ModelTarget {
  const id = requested || config.defaultModel;
  const prefix = providerOf(id);
  const provider = prefix ?? providerOf(config.defaultModel) ?? fallback(config);
  const model = prefix ? id.slice(prefix.length + 1) : id;
  if (!config.keys[provider] && provider !== "custom" && provider !== "openrouter" && config.keys.openrouter) {
    return target("openrouter", id, config);
  }
  return target(provider, model, config);
}

function target(provider: ProviderName, model: string, config: ModelConfig): ModelTarget {
  const baseUrl = provider === "custom" ? config.customBaseUrl : providers[provider].baseUrl;
  const key = config.keys[provider];
  if (!key || !baseUrl) {
    throw new BotError("modelNotDeclared", { model, provider, configKey: providers[provider].configKey });
  }
  return { provider, baseUrl: baseUrl.replace(/\/+$/, ""), key, model };
}

function providerOf(id: string): ProviderName | undefined {
  return names.find((name) => id.startsWith(`${name}/`));
}

/** A default model without prefix: the custom endpoint if there is one, else OpenRouter, which takes any id. */
function fallback({ customBaseUrl }: ModelConfig): ProviderName {
  return customBaseUrl ? "custom" : "openrouter";
}
