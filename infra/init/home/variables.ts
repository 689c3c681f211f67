/** Variables of a home's .env. What is no key of the stack's stays a variable, and a secret: whether it is one, nobody can tell. */
import { providers } from "../../../worker/bindings.ts";
import { ownerOfVariable } from "../../config/hermes/owned.ts";
import { chatVariable } from "./chat.ts";
import type { Finding } from "./finding.ts";

/** Logins of a program of Anthropic's, which the Worker's model proxy does not take. */
const logins = ["ANTHROPIC_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"];
const form = /^[A-Z_][A-Z0-9_]*$/;

/** Takes each of them. */
export function takeVariables(variables: Readonly<Record<string, string>>, found: Finding): void {
  for (const [name, value] of Object.entries(variables)) {
    const provider = Object.values(providers).find(({ secret }) => secret === name);
    const owner = ownerOfVariable(name);
    if (provider !== undefined) found.secrets[provider.configKey] = value;
    else if (logins.includes(name))
      found.note(
        `${name}: a login of Claude Code, which the Worker's model proxy does not take. Set talaria:anthropicApiKey.`,
      );
    else if (chatVariable(name, value, found)) continue;
    else if (owner !== undefined) found.note(`${name}: ${owner}`);
    else if (!form.test(name)) found.note(`${name}: is not the name of a variable that a Worker's secret can have.`);
    else found.secretEnvironment[name] = value;
  }
}

/** Plain variables that somebody declared as such, of the NixOS module for one. */
export function takePlainVariables(variables: Readonly<Record<string, string>>, found: Finding): void {
  for (const [name, value] of Object.entries(variables)) {
    delete found.secretEnvironment[name];
    if (chatVariable(name, value, found)) continue;
    const owner = ownerOfVariable(name);
    if (owner !== undefined) found.note(`${name}: ${owner}`);
    else if (found.withoutSecrets(value, [name]) === value) found.field("environment", name, value);
  }
}
