/** Finds an existing Hermes on this machine, and reads what of it is declared elsewhere than in its memory. */
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import { isMapping, type Tree } from "../../config/trees.ts";
import { readYaml } from "../../config/yamlText.ts";

/** A home of Hermes: `~/.hermes`, Docker's /opt/data, the `.hermes` of NixOS' /var/lib/hermes. */
export interface Home {
  /** As it was given: what `./talaria import` takes, too. */
  readonly given: string;
  readonly config: Tree;
  readonly variables: Readonly<Record<string, string>>;
  /** Text of auth.json, where there is one with a login in it. */
  readonly auth: string | undefined;
  /** Documents that a person writes: path as `talaria:documents` has it → text. */
  readonly documents: Readonly<Record<string, string>>;
  /** What manages it, such as `nixos`; undefined where its owner does. */
  readonly managedBy: string | undefined;
  /** Files beside it that may hold options of the NixOS module. */
  readonly optionFiles: readonly string[];
}

/** Why a folder is none; completes "<folder> …". */
export class HomeProblem extends Error {}

/** What Hermes keeps in its folder; two of them make one. */
const signs = ["state.db", "config.yaml", "memories", "SOUL.md", "sessions", "skills", "cron", ".env"];
/** What Hermes reads of its working directory, and people put there. */
const workspaceNames = ["AGENTS.md", ".hermes.md", "HERMES.md", "USER.md", "CLAUDE.md"];

/** Reads one. @throws HomeProblem */
export function homeAt(given: string): Home {
  const root = path.resolve(given.replace(/^~(?=\/|$)/, os.homedir()));
  if (!fs.existsSync(root)) throw new HomeProblem("is not there.");
  if (!fs.statSync(root).isDirectory()) throw new HomeProblem("is no folder. Unpack it first.");
  const folder = [root, path.join(root, ".hermes")].find(isHermes);
  if (folder === undefined)
    throw new HomeProblem(
      `holds no Hermes: neither it nor its .hermes has ${signs.slice(0, 4).join(", ")} or the like.`,
    );
  const read = (name: string) => textOf(path.join(folder, name));
  const { value, problems } = readYaml(read("config.yaml") ?? "");
  const [problem] = problems;
  if (problem !== undefined)
    throw new HomeProblem(`has a config.yaml that is no YAML: line ${problem.line}, ${problem.message}`);
  return {
    given,
    config: isMapping(value) ? value : {},
    variables: definite(parseEnv(read(".env") ?? "")),
    auth: loginOf(read("auth.json")),
    documents: documentsOf(folder, [path.join(folder, "workspace"), path.join(root, "workspace")]),
    managedBy: read(".managed")?.trim() || (fs.existsSync(path.join(folder, ".managed")) ? "nixos" : undefined),
    optionFiles: fs
      .readdirSync(root)
      .filter((name) => /\.nix$|^(?:nixos-|hermes-)?options\.json$/.test(name))
      .map((name) => path.join(root, name)),
  };
}

function isHermes(folder: string): boolean {
  return signs.filter((sign) => fs.existsSync(path.join(folder, sign))).length >= 2;
}

function textOf(file: string): string | undefined {
  return fs.existsSync(file) && fs.statSync(file).isFile() ? fs.readFileSync(file, "utf8") : undefined;
}

function definite(variables: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}

/** A file with nothing but empty braces holds no login. */
function loginOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    const found: unknown = JSON.parse(text);
    return isMapping(found) && Object.keys(found).length > 0 ? text : undefined;
  } catch {
    throw new HomeProblem("has an auth.json that is no JSON.");
  }
}

function documentsOf(folder: string, workspaces: readonly string[]): Record<string, string> {
  const soul = textOf(path.join(folder, "SOUL.md"));
  const workspace = workspaces.find((one) => fs.existsSync(one));
  const inside = workspaceNames.flatMap((name) => {
    const text = workspace === undefined ? undefined : textOf(path.join(workspace, name));
    return text === undefined ? [] : [[`workspace/${name}`, text] as const];
  });
  return { ...(soul === undefined ? {} : { "SOUL.md": soul }), ...Object.fromEntries(inside) };
}
