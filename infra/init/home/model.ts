/** The model of a home, as `talaria:model`. */
import { providers } from "../../../worker/bindings.ts";
import { isMapping } from "../../config/trees.ts";
import type { Finding } from "./finding.ts";

/** Hermes' name of a provider → the one here. */
const known: Readonly<Record<string, string>> = {
  anthropic: "anthropic",
  openrouter: "openrouter",
  openai: "openai",
  "openai-api": "openai",
  "openai-codex": "openai-codex",
  custom: "custom",
};

/** Takes `model` of config.yaml, a name or a mapping. The providers' keys are known already. */
export function takeModel(model: unknown, found: Finding): void {
  const given = isMapping(model) ? model : { default: model };
  const id = textOf(given.default) || textOf(given.model);
  const baseUrl = textOf(given.base_url);
  if (typeof given.context_length === "number") found.field("model", "contextLength", given.context_length);
  if (id === "") return;
  const provider = providerOf(textOf(given.provider), id, baseUrl, found);
  if (provider === undefined) {
    found.note(
      `model ${id} of the provider ${textOf(given.provider) || "(none is named)"}: the Worker's model proxy knows ${Object.keys(providers).join(", ")}. An OpenAI-compatible endpoint is talaria:model.default custom/${id}, talaria:model.baseUrl and the secret modelApiKey.`,
    );
    return;
  }
  found.field("model", "default", id.startsWith(`${provider}/`) ? id : `${provider}/${id}`);
  if (provider !== "custom") {
    if (baseUrl !== "") found.note(`model.base_url ${shown(baseUrl)}: the Worker asks ${provider} itself.`);
    return;
  }
  if (baseUrl !== "") found.field("model", "baseUrl", baseUrl);
  const key = textOf(given.api_key);
  if (key !== "" && !key.includes("${")) found.secrets[providers.custom.configKey] = key;
}

/** Hermes' own ways, in its order: what is named, an endpoint, the keys that are there, the beginning of the model's name. */
function providerOf(named: string, id: string, baseUrl: string, { secrets }: Finding): string | undefined {
  if (named !== "" && named !== "auto") return known[named];
  if (baseUrl !== "") return "custom";
  const prefix = id.includes("/") ? (id.split("/")[0] ?? "") : "";
  const own = Object.entries(providers).find(([name]) => name === prefix);
  if (own !== undefined && own[1].configKey in secrets) return own[0];
  if (providers.openrouter.configKey in secrets) return "openrouter";
  if (own !== undefined) return own[0];
  if (/^claude-/.test(id)) return "anthropic";
  return /^(?:gpt-|o\d)/.test(id) ? "openai" : undefined;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

/** Without what may be a password or a key in it. */
function shown(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}
