/** What a stack declares of Hermes: `settings` with its files, or a `configFile`, and `environment`. */
import { secretLook } from "../secretLooks.ts";
import { isMapping } from "../trees.ts";
import { ownerOfKey, ownerOfVariable } from "./owned.ts";
import { settingProblems } from "./settings.ts";
import { type DeclaredSettings, mergedSettings, type SettingsPlace, settingsFile } from "./sources.ts";

/** The keys of the stack, as they were read. */
export interface HermesKeys {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly settingsFiles: readonly string[];
  readonly configFile: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

/** What is beside the keys. */
export interface HermesPlace {
  /** The Hermes that will read the settings. */
  readonly version: string;
  /** Text of a file, by its path from the repository's top; undefined where there is none. */
  read(file: string): string | undefined;
  /** File and line of a key of the stack, by its path. */
  locate(key: string): string | undefined;
  /** Tells a problem with a key; `at` where it does not stand in the stack's file. */
  report(key: string, reason: string, next: readonly string[], at?: string): void;
}

/** Reads every place and reports every problem. What is returned is meaningful only where there was none. */
export function declaredHermes(keys: HermesKeys, place: HermesPlace): DeclaredSettings {
  for (const [name, value] of Object.entries(keys.environment)) reportVariable(name, value, place);
  if (keys.configFile !== undefined) return fromConfigFile(keys.configFile, keys, place);
  const stack: SettingsPlace = {
    file: undefined,
    tree: keys.settings,
    locate: (path) => place.locate(`settings.${path}`),
  };
  const files = keys.settingsFiles.flatMap((file, at) => readPlace(file, `settingsFiles[${at}]`, place));
  const merged = mergedSettings([...files, stack]);
  reportSettings(merged, place);
  return merged;
}

/** An existing config.yaml as it is: what Talaria needs wins over it, so what it says of that is left out. */
function fromConfigFile(file: string, { settings, settingsFiles }: HermesKeys, place: HermesPlace): DeclaredSettings {
  if (Object.keys(settings).length > 0 || settingsFiles.length > 0) {
    place.report(
      "configFile",
      "takes the place of talaria:settings and talaria:settingsFiles: a stack has one of them.",
      [
        `To go on with settings, move the file there: pulumi config set --path "talaria:settingsFiles[0]" ${file}`,
        "pulumi config rm talaria:configFile",
      ],
    );
  }
  const merged = mergedSettings(
    readPlace(file, "configFile", place).map((one) => ({ ...one, tree: withoutOwned(one.tree) })),
  );
  reportSettings(merged, place);
  return merged;
}

function readPlace(file: string, key: string, place: HermesPlace): SettingsPlace[] {
  const read = settingsFile(file, place.read(file));
  if (!("reason" in read)) return [read];
  const rest =
    read.at === undefined
      ? [`Write it, or name another one: pulumi config rm --path talaria:${key}`]
      : ["Mend the file there."];
  place.report(key, `"${file}" ${read.reason}`, rest, read.at);
  return [];
}

function reportSettings({ settings, origins }: DeclaredSettings, place: HermesPlace): void {
  for (const { path, reason, next } of settingProblems(settings, place.version))
    place.report(`settings.${path}`, reason, next, origins.get(path));
}

function reportVariable(name: string, value: string, { report }: HermesPlace): void {
  const instead = ownerOfVariable(name);
  if (instead !== undefined) report(`environment.${name}`, "is Talaria's to decide.", [instead]);
  const look = secretLook(name, value);
  if (instead !== undefined || look === undefined) return;
  report(`environment.${name}`, `looks like ${look}, and environment is deployed as plain text.`, [
    "Treat it as leaked if the file was ever committed. Store a new one encrypted, and remove this one:",
    `pulumi config set --secret --path talaria:secretEnvironment.${name}`,
    `pulumi config rm --path talaria:environment.${name}`,
  ]);
}

function withoutOwned(tree: Readonly<Record<string, unknown>>, above = ""): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, value]) => {
      const path = above + name;
      if (ownerOfKey(path) !== undefined) return [];
      return [[name, isMapping(value) ? withoutOwned(value, `${path}.`) : value] as const];
    }),
  );
}
