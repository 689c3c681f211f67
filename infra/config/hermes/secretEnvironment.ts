/** Secret variables of Hermes' gateway, from the stack's config and from .env files. */

import { parseEnv } from "node:util";
import { chatSecrets, providers, secretEnvironment } from "../../../worker/bindings.ts";
import { ownVariables as chatVariables } from "../chat/declaration.ts";
import { ownerOfVariable } from "./owned.ts";
import { asciiJson, partsOf } from "./secretParts.ts";

/** The keys of the stack, as they were read. */
export interface SecretVariableKeys {
  /** JSON text of `secretEnvironment`; undefined where it is not set. */
  readonly json: string | undefined;
  /** Paths of .env files from the repository's top; a later one wins, `secretEnvironment` over all of them. */
  readonly files: readonly string[];
  /** Names of the plain variables. */
  readonly plain: readonly string[];
}

/** What is beside the keys. */
export interface SecretVariablePlace {
  read(file: string): string | undefined;
  /** Whether a variable of `secretEnvironment` stands encrypted in the stack's file. */
  isSecret(key: string): boolean;
  report(key: string, reason: string, next: readonly string[]): void;
}

const name = /^[A-Z_][A-Z0-9_]*$/;

/** Every variable with its value. Reports every problem, and quotes no value. */
export function secretVariables(keys: SecretVariableKeys, place: SecretVariablePlace): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [at, file] of keys.files.entries()) {
    const text = place.read(file);
    if (text === undefined)
      place.report(`secretEnvironmentFiles[${at}]`, `"${file}" is not there. Paths begin at the repository's top.`, [
        `Write it, out of git, or leave it out: pulumi config rm --path talaria:secretEnvironmentFiles[${at}]`,
      ]);
    else Object.assign(variables, checked(parseEnv(text), `secretEnvironmentFiles[${at}]`, keys, place));
  }
  Object.assign(variables, checked(ownVariables(keys.json, place), "secretEnvironment", keys, place));
  const bytes = asciiJson(variables).length;
  const most = secretEnvironment.partBytes * secretEnvironment.parts;
  if (bytes > most)
    place.report("secretEnvironment", `holds ${bytes} bytes with its files; a Worker's secrets take ${most} of them.`, [
      "A file that is so large belongs into the image, or behind a tool that fetches it.",
    ]);
  return variables;
}

/** The Worker's bindings for them. */
export const secretParts = (variables: Readonly<Record<string, string>>): Record<string, string> =>
  partsOf(variables, secretEnvironment);

function ownVariables(json: string | undefined, place: SecretVariablePlace): Record<string, unknown> {
  if (json === undefined) return {};
  const set = ["pulumi config set --secret --path talaria:secretEnvironment.NAME"];
  const parsed = parseJson(json);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    place.report("secretEnvironment", "has no names in it.", set);
    return {};
  }
  for (const variable of Object.keys(parsed)) {
    const key = `secretEnvironment.${variable}`;
    if (!place.isSecret(key))
      place.report(key, "is a secret, but stands in the stack's file in plain text.", [
        "Treat the value as leaked if the file was ever committed. Store a new one encrypted:",
        `pulumi config set --secret --path talaria:${key}`,
      ]);
  }
  return { ...parsed };
}

function checked(
  found: Readonly<Record<string, unknown>>,
  key: string,
  { plain }: SecretVariableKeys,
  place: SecretVariablePlace,
): Record<string, string> {
  const good: Record<string, string> = {};
  for (const [variable, value] of Object.entries(found)) {
    const problem = typeof value === "string" ? problemOf(variable, plain) : "is not text.";
    if (problem !== undefined) place.report(`${key}.${variable}`, problem, wayOut(key, variable));
    else good[variable] = String(value);
  }
  return good;
}

/** Out of where it stands; where it has a key of its own, into that. */
function wayOut(key: string, variable: string): string[] {
  const own = [
    ...Object.entries(chatSecrets),
    ...Object.values(providers).map((one) => [one.configKey, one] as const),
  ].find(([, { secret }]) => secret === variable);
  const set = own === undefined ? [] : [`pulumi config set --secret talaria:${own[0]}`];
  const out =
    key === "secretEnvironment" ? `pulumi config rm --path talaria:${key}.${variable}` : "Take it out of the file.";
  return [...set, out];
}

function problemOf(variable: string, plain: readonly string[]): string | undefined {
  if (!name.test(variable)) return "is not the name of an environment variable.";
  const chat = Object.entries(chatSecrets).find(([, { secret }]) => secret === variable);
  if (chat !== undefined) return `has a key of its own: talaria:${chat[0]}.`;
  const field = chatVariables[variable];
  if (field !== undefined) return `is what talaria:${field} declares, which is no secret: set that.`;
  const provider = Object.values(providers).find(({ secret }) => secret === variable);
  if (provider !== undefined)
    return `is a provider's key, which stays in the Worker: talaria:${provider.configKey}. Hermes gets no provider key.`;
  const owner = ownerOfVariable(variable);
  if (owner !== undefined) return `is Talaria's to decide. ${owner}`;
  return plain.includes(variable) ? "is also in talaria:environment; a variable has one value." : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // what calls says what it has to be
  }
}
