/** The places that a stack declares Hermes' settings in, as one tree. */
import { leavesOf } from "../../../worker/leaves.ts";
import { isMapping, merged } from "../trees.ts";
import { readYaml } from "../yamlText.ts";

/** A place, in the order in which later ones win. */
export interface SettingsPlace {
  /** Path of a file from the repository's top; undefined for the stack's own `settings`. */
  readonly file: string | undefined;
  readonly tree: Readonly<Record<string, unknown>>;
  /** Where a leaf stands in it, such as `settings/base.yaml:4`. */
  locate(path: string): string | undefined;
}

/** Settings with the place of every leaf. */
export interface DeclaredSettings {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Dotted path of a leaf → where it was declared. A list, and an empty mapping, are leaves. */
  readonly origins: ReadonlyMap<string, string>;
}

/** A file that cannot be taken; `reason` completes "talaria:settingsFiles "<file>" …". */
export interface FileProblem {
  readonly file: string;
  readonly reason: string;
  readonly at?: string;
}

/** Reads one file of settings: YAML or JSON, a mapping at its top. `text` undefined: there is none. */
export function settingsFile(file: string, text: string | undefined): SettingsPlace | FileProblem {
  if (text === undefined) return { file, reason: "is not there. Paths begin at the repository's top." };
  const { value, problems, lineOf } = readYaml(text);
  const [problem] = problems;
  if (problem !== undefined) return { file, reason: `is no YAML: ${problem.message}`, at: `${file}:${problem.line}` };
  if (value !== null && !isMapping(value)) return { file, reason: "has no mapping at its top, as a config.yaml has." };
  return {
    file,
    tree: value ?? {},
    locate: (path) => {
      const line = lineOf(path.split("."));
      return line === undefined ? undefined : `${file}:${line}`;
    },
  };
}

/** Merges the places: mappings key by key, lists as a whole, a later place wins. */
export function mergedSettings(places: readonly SettingsPlace[]): DeclaredSettings {
  let settings: Record<string, unknown> = {};
  const origins = new Map<string, string>();
  for (const { tree, locate, file } of places) {
    settings = merged(settings, tree);
    for (const { path } of leavesOf(tree)) origins.set(path, locate(path) ?? file ?? "talaria:settings");
  }
  const leaves = new Set(leavesOf(settings).map(({ path }) => path));
  for (const path of origins.keys()) if (!leaves.has(path)) origins.delete(path);
  return { settings, origins };
}
