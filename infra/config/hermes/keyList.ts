/** Which keys Hermes' config.yaml has, as its own defaults say: one committed list for each line of versions that could be installed. */
import fs from "node:fs";
import { z } from "zod";

/** What a key takes. `map`: whatever the user names below it. `any`: its default is empty, and says nothing. */
export const keyKinds = ["boolean", "number", "text", "list", "map", "any"] as const;
export type KeyKind = (typeof keyKinds)[number];

/** Keys by their dotted paths. */
export interface KeyList {
  /** Versions of Hermes that it was taken from. */
  readonly from: readonly string[];
  readonly keys: ReadonlyMap<string, KeyKind>;
  /** What Hermes goes by without the key, where all of these agree. */
  readonly defaults: ReadonlyMap<string, unknown>;
}

/** The form of a committed list; `extract.py` writes it. */
export const keyListFile = z.object({
  hermes: z.string(),
  /** File in Hermes' package that declares the defaults, and its SHA-256. */
  source: z.string(),
  sha256: z.string(),
  keys: z.record(z.string(), z.enum(keyKinds)),
  /** Dotted path → what Hermes goes by where nobody says anything. */
  defaults: z.record(z.string(), z.unknown()),
  /** SHA-256 of each SOUL.md that Hermes itself has written, without the space around it. */
  souls: z.array(z.string()),
});

/** Lines of versions with a list in `keys/`. */
export const listedLines = ["0.19", "0.22"] as const;

/**
 * Keys that Hermes' code reads, and its defaults do not name. Those that end with a dot have names below them that the
 * user chooses, each with whatever fields.
 */
const readByCode: Readonly<Record<string, KeyKind>> = {
  model: "any",
  custom_providers: "list",
  mcp_servers: "map",
  platforms: "map",
  platform_toolsets: "map",
  plugins: "map",
  session_reset: "map",
  multiplex_profiles: "any",
  "gateway.multiplex_profiles": "any",
  model_routes: "any",
  // Names of their own below keys that have some by default.
  auxiliary: "map",
  "moa.presets": "map",
  "display.platforms": "map",
  "lsp.servers": "map",
  tts: "map",
  stt: "map",
  slack: "map",
  discord: "map",
  telegram: "map",
  mattermost: "map",
  matrix: "map",
};

/**
 * The keys of a version of Hermes. A line without a list of its own goes by those next to it, together: a key of either is
 * let through. Undefined for a version older or newer than all lists, of which nothing can be said.
 */
export function keysOf(version: string): KeyList | undefined {
  const line = lineOf(version);
  const near = line === undefined ? [] : neighbours(line);
  if (near.length === 0) return undefined;
  const lists = near.map(readList);
  const keys = new Map<string, KeyKind>();
  for (const { keys: found } of lists)
    for (const [key, kind] of Object.entries(found)) keys.set(key, agreed(keys.get(key), kind));
  for (const [key, kind] of Object.entries(readByCode)) keys.set(key, kind);
  return { from: lists.map(({ hermes }) => hermes), keys, defaults: agreedDefaults(lists) };
}

function agreedDefaults(lists: readonly z.infer<typeof keyListFile>[]): ReadonlyMap<string, unknown> {
  const [first, ...others] = lists.map(({ defaults }) => defaults);
  const same = (path: string, value: unknown) =>
    others.every((one) => JSON.stringify(one[path]) === JSON.stringify(value));
  return new Map(Object.entries(first ?? {}).filter(([path, value]) => same(path, value)));
}

function agreed(known: KeyKind | undefined, kind: KeyKind): KeyKind {
  return known === undefined || known === kind ? kind : "any";
}

/** Every committed list, the oldest line first. */
export const keyLists = (): readonly z.infer<typeof keyListFile>[] => listedLines.map(readList);

function readList(line: string): z.infer<typeof keyListFile> {
  return keyListFile.parse(JSON.parse(fs.readFileSync(new URL(`keys/${line}.json`, import.meta.url), "utf8")));
}

/** `0.21` of `0.21.5`. */
function lineOf(version: string): string | undefined {
  return /^v?(\d+\.\d+)(?:\.|$)/.exec(version)?.[1];
}

/** The line itself where it is listed, else the ones below and above it. */
function neighbours(line: string): readonly string[] {
  const at = rank(line);
  const exact = listedLines.find((one) => rank(one) === at);
  if (exact !== undefined) return [exact];
  const below = listedLines.filter((one) => rank(one) < at).at(-1);
  const above = listedLines.find((one) => rank(one) > at);
  return below === undefined || above === undefined ? [] : [below, above];
}

function rank(line: string): number {
  const [major = 0, minor = 0] = line.split(".").map(Number);
  return major * 1_000 + minor;
}
