/** `model.routes`: names that a request of the API may give as its model, each for another model than the default one. */
import { z } from "zod";
import { type ProviderName, providers } from "../../worker/bindings.ts";
import { nearMiss } from "./nearMiss.ts";
import { text } from "./values.ts";

export const modelRoutes = z
  .record(
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "is not a name (letters, digits, dots, - and _)"),
    z.strictObject({ model: text }),
  )
  .optional();
type Routes = NonNullable<z.output<typeof modelRoutes>>;

/** One problem; `reason` completes "talaria:<key> …"; `sets` is the key to set, where that mends it. */
export interface RouteProblem {
  readonly key: string;
  readonly reason: string;
  readonly sets: { readonly key: string; readonly value: string; readonly secret: boolean };
}

/** What Hermes calls itself on `/v1`: that name is the default model. */
const ownName = "hermes-agent";

/** Every route that no request can take. `keys`: the provider keys that are set. */
export function routeProblems(routes: Routes, keys: readonly string[], baseUrl: string | undefined): RouteProblem[] {
  return Object.entries(routes).flatMap(([alias, { model }]) => {
    const key = `model.routes.${alias}.model`;
    const again = { key, value: "<provider/model>", secret: false };
    if (alias === ownName)
      return [
        {
          key: `model.routes.${alias}`,
          reason: "is Hermes' own name for the default model.",
          sets: { ...again, key: "model.default" },
        },
      ];
    const [name = "", ...rest] = model.split("/");
    const provider = providerOf(name);
    if (provider === undefined || rest.join("/") === "") {
      const meant = nearMiss(name, Object.keys(providers));
      const reason = `"${model}" does not begin with a provider${meant ? ` (${meant}?)` : ""}: ${Object.keys(providers).join(", ")}.`;
      return [{ key, reason, sets: again }];
    }
    const { configKey } = providers[provider];
    // OpenRouter knows the same ids, and takes over where the provider's own key is not set.
    if (!keys.includes(configKey) && (provider === "custom" || !keys.includes(providers.openrouter.configKey)))
      return [
        {
          key,
          reason: `is "${model}", but talaria:${configKey} is not set.`,
          sets: { key: configKey, value: "", secret: true },
        },
      ];
    if (provider === "custom" && baseUrl === undefined)
      return [
        {
          key,
          reason: `is "${model}", but talaria:model.baseUrl is not set.`,
          sets: { key: "model.baseUrl", value: "https://…/v1", secret: false },
        },
      ];
    return [];
  });
}

function providerOf(name: string): ProviderName | undefined {
  return (Object.keys(providers) as ProviderName[]).find((known) => known === name);
}
