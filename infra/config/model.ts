/** What is wrong with the model of a stack, and the one of a stack that names none. */
import { codexPrefix, isCodex, providers } from "../../worker/bindings.ts";
import { providerKeys } from "./keys.ts";
import { nearMiss } from "./nearMiss.ts";

/** Model of a stack that names none. */
const defaultModel = "anthropic/claude-sonnet-4-6";

/** How a problem is told, and the command that sets a key. */
export interface ModelTelling {
  report(key: string, reason: string, next: readonly string[]): void;
  set(key: string, value: string, secret?: boolean): string;
}

/** The model of a stack that names none: what its endpoint has, where that is all it has. */
export function impliedModel(baseUrl: string | undefined, secretKeys: readonly string[]): string {
  const custom = baseUrl !== undefined && secretKeys.includes(providers.custom.configKey);
  return custom && !secretKeys.includes(providers.anthropic.configKey) ? "custom/default" : defaultModel;
}

/** Tells what keeps the bot from its model. */
export function reportModel(
  model: { readonly default: string; readonly baseUrl?: string | undefined },
  secretKeys: readonly string[],
  { report, set }: ModelTelling,
): void {
  const [name = "", ...rest] = model.default.split("/");
  const id = rest.join("/");
  if (isCodex(model.default) && id !== "") return;
  const known = [...Object.keys(providers), codexPrefix.slice(0, -1)];
  const provider = Object.entries(providers).find(([one]) => one === name)?.[1];
  if (provider === undefined || id === "") {
    const meant = nearMiss(name, known);
    report(
      "model.default",
      `"${model.default}" does not begin with a provider${meant ? ` (${meant}?)` : ""}: ${known.join(", ")}.`,
      [set("model.default", defaultModel)],
    );
    return;
  }
  const { configKey } = provider;
  const byOpenrouter = name !== "custom" && secretKeys.includes(providers.openrouter.configKey);
  if (!byOpenrouter && !secretKeys.includes(configKey) && providerKeys.some((key) => secretKeys.includes(key))) {
    report("model.default", `is "${model.default}", but talaria:${configKey} is not set.`, [
      set(configKey, "", true),
      `or choose another model: ${set("model.default", "<provider/model>")}`,
    ]);
  }
  if (name === "custom" && model.baseUrl === undefined) {
    report("model.baseUrl", "is missing: the provider custom is any OpenAI-compatible endpoint that you name.", [
      set("model.baseUrl", "https://…/v1"),
    ]);
  }
}
