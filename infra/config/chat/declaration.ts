/** What the keys of chat platforms become: variables of Hermes' gateway, and leaves of its config.yaml. */
import { isMapping } from "../trees.ts";
import { asVariable } from "./fields.ts";
import type { ChatValues } from "./platform.ts";
import { type PlatformName, platformNames, platforms } from "./platforms.ts";

/** Additions to a stack's `environment` and `settings`. */
export interface ChatDeclaration {
  readonly environment: Readonly<Record<string, string>>;
  /** Nested as config.yaml is. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** Translates the platforms that are on. */
export function chatDeclaration(
  on: readonly PlatformName[],
  keys: Readonly<Partial<Record<PlatformName, ChatValues | undefined>>>,
): ChatDeclaration {
  const environment: Record<string, string> = {};
  const settings: Record<string, unknown> = {};
  for (const name of on) {
    const standard = Object.entries(platforms[name].fields).map(([field, { schema }]) => [
      field,
      schema.parse(undefined),
    ]);
    const values: ChatValues = keys[name] ?? Object.fromEntries(standard);
    for (const [field, { environment: variable, setting, settingValue }] of Object.entries(platforms[name].fields)) {
      const value = values[field];
      if (value === undefined || (settingValue !== undefined && value !== true)) continue;
      if (variable !== undefined) environment[variable] = asVariable(value);
      if (setting !== undefined) put(settings, setting.split("."), settingValue ?? value);
    }
  }
  return { environment, settings };
}

/** Variables that a key declares → the field, such as `slack.allowedUsers`. */
export const ownVariables: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  platformNames.flatMap((name) =>
    Object.entries(platforms[name].fields).flatMap(([field, { environment }]) =>
      environment === undefined ? [] : [[environment, `${name}.${field}`]],
    ),
  ),
);

/** Leaves that a key declares, in each of the places where Hermes takes them. */
export const ownSettings: readonly { readonly field: string; readonly paths: readonly (readonly string[])[] }[] =
  platformNames.flatMap((name) =>
    Object.entries(platforms[name].fields).flatMap(([field, { setting }]) => {
      if (setting === undefined) return [];
      const leaf = setting.split(".").at(-1) ?? setting;
      const { hermes } = platforms[name];
      const places = [[hermes], [hermes, "extra"], ["platforms", hermes], ["platforms", hermes, "extra"]];
      const everywhere = [...places, ...places.map((place) => ["gateway", ...place])];
      return [{ field: `${name}.${field}`, paths: everywhere.map((place) => [...place, leaf]) }];
    }),
  );

function put(tree: Record<string, unknown>, [first, ...rest]: readonly string[], value: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) {
    tree[first] = value;
    return;
  }
  const under = tree[first];
  const branch: Record<string, unknown> = isMapping(under) ? { ...under } : {};
  tree[first] = branch;
  put(branch, rest, value);
}
