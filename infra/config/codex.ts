/** Hermes' own login at OpenAI as the provider of the model. */
import { isCodex } from "../../worker/bindings.ts";
import type { NetworkDeclaration } from "../../worker/declarationSchema.ts";

/** Where Hermes asks the model, and where it logs in and refreshes its login. */
const hosts = ["chatgpt.com", "auth.openai.com"];

/** What preview and up say of such a stack. */
export const codexNote =
  "talaria:model.default is openai-codex: Hermes asks OpenAI with a login of its own (talaria:authFile, or ./talaria codex login). These calls do not pass the Worker's model proxy: nothing of Talaria's counts or caps them.";

/** An allowlist holds what the declared model needs. */
export function withCodexHosts(network: NetworkDeclaration, model: string): NetworkDeclaration {
  if (network.network !== "allowlist" || !isCodex(model)) return network;
  return { ...network, hosts: [...new Set([...network.hosts, ...hosts])] };
}

/** Why a model cannot be asked from a container without a network; undefined where it can. */
export function codexOffline({ network }: NetworkDeclaration, model: string): string | undefined {
  if (network !== "none" || !isCodex(model)) return undefined;
  return `keeps Hermes from ${hosts.join(" and ")}, which talaria:model.default ${model} needs.`;
}
