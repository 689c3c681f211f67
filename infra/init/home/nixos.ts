/** Options of Hermes' NixOS and Home Manager modules: those with a key here are taken, of the others one sentence each is said. */
import fs from "node:fs";
import { isAbsolute, normalize } from "node:path";
import { isMapping, type Tree } from "../../config/trees.ts";
import type { Finding } from "./finding.ts";
import { HomeProblem } from "./place.ts";
import { takeSettings } from "./settings.ts";
import { takePlainVariables } from "./variables.ts";

/** An option without a meaning here. */
interface Sentence {
  /** The module's own default: nobody chose it. */
  readonly standard?: unknown;
  readonly says: string;
}

const user = "Hermes runs as the user hermes of its own container, and as nobody on a machine of yours.";
const container = "The bot always runs in a container, at Cloudflare;";
const backend =
  "The dashboard is always there, behind the Worker's own doors: ./talaria dashboard; see talaria:access.";
const sentences: Readonly<Record<string, Sentence>> = {
  package: { says: "Which Hermes runs is talaria:hermesVersion." },
  user: { standard: "hermes", says: user },
  group: { standard: "hermes", says: user },
  createUser: { standard: true, says: user },
  stateDir: {
    standard: "/var/lib/hermes",
    says: "The home lies in the container and is saved to R2; what is in it now comes by ./talaria import.",
  },
  hermesHome: {
    says: "The home lies in the container and is saved to R2; what is in it now comes by ./talaria import.",
  },
  workingDirectory: {
    standard: "/var/lib/hermes/workspace",
    says: "The agent works in a workspace of its own; a folder below it is talaria:workingDirectory.",
  },
  environmentFiles: {
    standard: [],
    says: "Their variables are taken from the .env of the home, encrypted into the stack.",
  },
  extraPackages: {
    standard: [],
    says: "Nix packages are none of Debian's: name those in talaria:extraPackages (for the agent's commands) or talaria:agent.extraPackages (beside Hermes).",
  },
  extraPythonPackages: {
    standard: [],
    says: "Nix packages are none of PyPI's: name those in talaria:agent.extraPythonPackages, with exact versions.",
  },
  extraPlugins: { standard: [], says: "Put each plugin's folder into the repository, and name it in talaria:plugins." },
  extraDependencyGroups: {
    standard: [],
    says: "Optional parts of Hermes are in the image as the stack's keys need them; others are talaria:buildArgs.EXTRAS.",
  },
  addToSystemPackages: {
    standard: false,
    says: "The bot's own hermes is typed as ./talaria hermes -- ARGS, from anywhere.",
  },
  installPackage: { standard: true, says: "The bot's own hermes is typed as ./talaria hermes -- ARGS, from anywhere." },
  "container.enable": { standard: false, says: `${container} there is no other way to choose.` },
  "container.backend": { standard: "docker", says: `${container} neither Docker nor Podman runs it.` },
  "container.extraVolumes": {
    standard: [],
    says: `${container} it has no folders of a host. Files come by talaria:documents, ./talaria import and ./talaria exec put.`,
  },
  "container.extraOptions": {
    standard: [],
    says: `${container} what it may use is talaria:sizes and talaria:agent.network.`,
  },
  "container.image": { standard: "ubuntu:24.04", says: `${container} its base is talaria:baseImage, by digest.` },
  "container.hostUsers": {
    standard: [],
    says: "Nobody has an account on the bot's machine: ./talaria shell is a terminal beside it.",
  },
  "backend.mode": { standard: "none", says: backend },
  "backend.host": { standard: "127.0.0.1", says: backend },
  "backend.port": { standard: 9119, says: backend },
  "backend.extraArgs": { standard: [], says: backend },
  profiles: { standard: {}, says: "One stack is one bot: a second profile is a second stack." },
};

/** Systemd's words for when a service is started again. */
const policies: Readonly<Record<string, string>> = {
  always: "always",
  "on-failure": "on-failure",
  "on-abnormal": "on-failure",
  "on-abort": "on-failure",
  "on-watchdog": "on-failure",
  no: "never",
};

/** Reads the options: JSON, as `nix eval --json` writes it, or a module's text, of which the names alone count. @throws HomeProblem */
export function takeOptions(file: string, found: Finding, documentsOf: (path: string) => string | undefined): void {
  if (!fs.existsSync(file)) throw new HomeProblem(`has no ${file}.`);
  const text = fs.readFileSync(file, "utf8");
  if (file.endsWith(".nix")) {
    takeNames(text, found);
    found.note(
      `${file}: values of a Nix file are known to Nix alone. To have them taken: nix eval --json .#nixosConfigurations.HOST.config.services.hermes-agent > options.json, then --nixos-options options.json.`,
    );
    return;
  }
  const options = optionsIn(file, text);
  for (const [name, { standard, says }] of Object.entries(sentences)) {
    const value = at(options, name);
    if (value !== undefined && value !== null && JSON.stringify(value) !== JSON.stringify(standard))
      found.note(`${name}: ${says}`);
  }
  if (isMapping(options.settings)) takeSettings({ ...options.settings, mcp_servers: servers(options) }, found);
  if (isMapping(options.environment))
    takePlainVariables(
      Object.fromEntries(Object.entries(options.environment).map(([name, value]) => [name, String(value)])),
      found,
    );
  takeBehaviour(options, found);
  takeDocuments(
    options.documents,
    (name) => (name.includes("/") ? name.replace(/^\.hermes\//, "") : `workspace/${name}`),
    found,
    documentsOf,
  );
  takeDocuments(options.hermesHomeFiles, (name) => name, found, documentsOf);
}

function optionsIn(file: string, text: string): Tree {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new HomeProblem(`has options in ${file} that are no JSON.`);
  }
  const inner = at(isMapping(parsed) ? parsed : {}, "services.hermes-agent") ?? parsed;
  if (!isMapping(inner)) throw new HomeProblem(`has options in ${file} that are no options of services.hermes-agent.`);
  return inner;
}

function takeBehaviour(options: Tree, found: Finding): void {
  const { extraArgs, restart, restartSec, authFileForceOverwrite } = options;
  if (Array.isArray(extraArgs) && extraArgs.length > 0) found.config.extraArgs = extraArgs;
  if (typeof restart === "string" && restart !== "always")
    found.field("restart", "policy", policies[restart] ?? restart);
  if (typeof restartSec === "number" && restartSec !== 5) found.field("restart", "delaySeconds", restartSec);
  if (authFileForceOverwrite === true) found.config.authFileForceOverwrite = true;
}

/** Those with a name in the text of a module. */
function takeNames(text: string, found: Finding): void {
  const code = text.replace(/#.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");
  for (const [name, { says }] of Object.entries(sentences)) {
    const [outer = "", inner] = name.split(".");
    const isThere =
      inner === undefined
        ? new RegExp(`(?<![\\w.])(?:services\\.hermes-agent\\.)?${outer}\\s*=`).test(code)
        : new RegExp(`\\b${outer}\\.${inner}\\s*=|\\b${outer}\\s*=\\s*\\{[^}]*\\b${inner}\\s*=`).test(code);
    if (isThere) found.note(`${name}: ${says}`);
  }
}

/** A value is text, or a path in the Nix store, whose content lies in the home, too. */
function takeDocuments(
  documents: unknown,
  target: (name: string) => string,
  found: Finding,
  documentsOf: (path: string) => string | undefined,
): void {
  if (!isMapping(documents)) return;
  for (const [name, value] of Object.entries(documents)) {
    const path = normalize(target(name));
    if (isAbsolute(path) || path.startsWith("..")) {
      found.note(`documents.${name}: leads out of the home and of the workspace.`);
      continue;
    }
    const inStore = typeof value === "string" && /^\/nix\/store\/\S+$/.test(value.trim());
    const text = inStore ? (documentsOf(path) ?? readStore(String(value).trim())) : value;
    if (typeof text === "string") found.field("documents", path, text);
    else
      found.note(
        `documents.${name}: ${String(value)} is not on this machine. Put the file into the repository, and name it in talaria:documents.`,
      );
  }
}

function readStore(file: string): string | undefined {
  return fs.existsSync(file) && fs.statSync(file).isFile() ? fs.readFileSync(file, "utf8") : undefined;
}

/** Every option of a server is there, most of them empty. */
function servers({ mcpServers }: Tree): unknown {
  if (!isMapping(mcpServers)) return undefined;
  return Object.fromEntries(
    Object.entries(mcpServers).map(([name, server]) => [name, isMapping(server) ? withoutEmpty(server) : server]),
  );
}

function withoutEmpty(tree: Tree): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, value]) => {
      const inner = isMapping(value) ? withoutEmpty(value) : value;
      const isEmpty = inner === null || (typeof inner === "object" && Object.keys(inner as object).length === 0);
      return isEmpty || (name === "enabled" && inner === true) ? [] : [[name, inner] as const];
    }),
  );
}

function at(tree: Tree, path: string): unknown {
  return path.split(".").reduce<unknown>((under, name) => (isMapping(under) ? under[name] : undefined), tree);
}
