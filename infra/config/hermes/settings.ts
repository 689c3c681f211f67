/** Holds what a stack declares of Hermes' config.yaml against what Hermes knows. */
import { leavesOf } from "../../../worker/leaves.ts";
import { nearMiss } from "../nearMiss.ts";
import { secretLook } from "../secretLooks.ts";
import { isMapping } from "../trees.ts";
import { type KeyKind, type KeyList, keysOf } from "./keyList.ts";
import { ownerOfKey } from "./owned.ts";

/** One thing that is wrong with a leaf; `reason` completes "talaria:settings.<path> …". */
export interface SettingProblem {
  /** Dotted path below `settings`. */
  readonly path: string;
  readonly reason: string;
  /** What mends it. */
  readonly next: readonly string[];
}

/**
 * Everything that is wrong with `settings`. `version` is the Hermes that will read them; of one that no list covers, keys
 * and kinds are not judged, the rest is.
 */
export function settingProblems(settings: Readonly<Record<string, unknown>>, version: string): SettingProblem[] {
  const list = keysOf(version);
  return leavesOf(settings).flatMap(({ path, value }) => {
    const problem =
      ownedProblem(path) ?? secretProblem(path, value) ?? (list && knownProblem(path, value, list, version));
    return problem === undefined ? [] : [{ path, ...problem }];
  });
}

type Found = Omit<SettingProblem, "path"> | undefined;

function ownedProblem(path: string): Found {
  const instead = ownerOfKey(path);
  return instead === undefined ? undefined : { reason: "is Talaria's to decide.", next: [instead] };
}

function secretProblem(path: string, value: unknown): Found {
  const name = path.split(".").at(-1) ?? path;
  const look = lookInside(name, value);
  if (look === undefined) return undefined;
  return {
    reason: `looks like ${look}, and settings are deployed as plain text.`,
    next: [
      "Treat it as leaked if the file was ever committed. Keep a new one as a secret, and write ${NAME} in its place:",
      "pulumi config set --secret --path talaria:secretEnvironment.NAME",
    ],
  };
}

/** A list may have mappings in it, of providers for one. */
function lookInside(name: string, value: unknown): string | undefined {
  if (typeof value === "string") return secretLook(name, value);
  const inner = Array.isArray(value)
    ? value.map((one) => [name, one] as const)
    : isMapping(value)
      ? Object.entries(value)
      : [];
  return inner.map(([at, one]) => lookInside(at, one)).find((look) => look !== undefined);
}

function knownProblem(path: string, value: unknown, list: KeyList, version: string): Found {
  const kind = kindOf(path, list);
  // Of a section that is empty nothing is declared, which is no mistake.
  if (list.keys.get(path) === "map" && (value === null || (isMapping(value) && Object.keys(value).length === 0)))
    return {
      reason: "is declared empty, and Hermes takes no empty mapping over what the user set.",
      next: [`Leave settings.${path} out, or declare the leaves in it.`],
    };
  if (kind === undefined) {
    const leaf = leafAbove(path, list);
    if (leaf !== undefined)
      return {
        reason: `lies below ${leaf.path}, which takes ${inWords[leaf.kind]}.`,
        next: [`Set settings.${leaf.path} itself.`],
      };
    const meant = nearMiss(path, [...list.keys.keys()]) ?? sameEnding(path, list);
    const said = list.from.includes(version)
      ? `Hermes ${version}`
      : `Hermes ${version} (by ${list.from.join(" and ")})`;
    const may = meant === undefined ? "." : `; you may mean ${meant}.`;
    return {
      reason: `is no key of ${said}${may}`,
      next: [meant === undefined ? "Leave it out: Hermes would not read it." : `Write it as settings.${meant}.`],
    };
  }
  if (fits(kind, value)) return undefined;
  const standard = list.defaults.get(path);
  const own = standard === undefined || standard === null ? "" : ` Hermes' own is ${JSON.stringify(standard)}.`;
  return {
    reason: `${JSON.stringify(value)} is not ${inWords[kind]}.`,
    next: [`Write ${inWords[kind]}, or leave it out.${own}`],
  };
}

/** What the key takes: its own kind, or anything, where something above it is free. */
function kindOf(path: string, { keys }: KeyList): KeyKind | undefined {
  const own = keys.get(path);
  if (own !== undefined) return own;
  const parts = path.split(".");
  const above = parts.map((_, at) => keys.get(parts.slice(0, at).join(".")));
  if (above.some((kind) => kind === "map" || kind === "any")) return "any";
  const isSection = [...keys.keys()].some((key) => key.startsWith(`${path}.`));
  return isSection ? "map" : undefined;
}

/** The key above `path` that takes no mapping. */
function leafAbove(path: string, { keys }: KeyList): { path: string; kind: KeyKind } | undefined {
  const parts = path.split(".");
  const above = parts.map((_, at) => parts.slice(0, at).join("."));
  const found = above.find((one) => keys.has(one));
  const kind = found === undefined ? undefined : keys.get(found);
  return found === undefined || kind === undefined ? undefined : { path: found, kind };
}

/** The only key that ends alike, where somebody left out or invented what stands before. */
function sameEnding(path: string, { keys }: KeyList): string | undefined {
  const last = path.split(".").at(-1) ?? path;
  const alike = [...keys.keys()].filter((key) => key.split(".").at(-1) === last);
  return alike.length === 1 ? alike[0] : undefined;
}

const inWords: Readonly<Record<KeyKind, string>> = {
  boolean: "true or false",
  number: "a number",
  text: "text",
  list: "a list",
  map: "a mapping",
  any: "a value",
};

/** Hermes takes more than the kind of its default in places: a word for a number, a switch for a word. Null asks for its default. */
function fits(kind: KeyKind, value: unknown): boolean {
  if (kind === "any" || value === null) return true;
  if (kind === "boolean") return typeof value === "boolean";
  if (kind === "number")
    return typeof value === "number" || (typeof value === "string" && !Number.isNaN(Number(value)));
  if (kind === "text") return !Array.isArray(value) && !isMapping(value);
  if (kind === "list") return Array.isArray(value) || typeof value === "string";
  return isMapping(value);
}
