/** What `./talaria init` can ask: providers, chat platforms, and what each of them needs. */
import { chatSecrets, codexPrefix, type ProviderName, providers } from "../../worker/bindings.ts";
import { type PlatformName, platformNames, platforms } from "../config/chat/platforms.ts";
import { tokenForms } from "../config/chat/tokenForms.ts";
import { type EnvironmentName, environmentNames } from "./environments.ts";

/** A secret of the stack. */
export interface SecretChoice {
  /** Key of the stack. */
  readonly key: string;
  /** Environment variable that holds it where nobody is asked. */
  readonly variable: string;
  /** What it is, and where a person finds it; "" where the name says all. */
  readonly where: string;
}

/** One of the model's; `key` is "" where Hermes logs in by itself. */
export interface ProviderChoice extends SecretChoice {
  readonly name: string;
  /** Whether the model has to be named; the other provider has a default. */
  readonly needsModel: boolean;
  readonly needsBaseUrl: boolean;
}

export interface PlatformChoice {
  readonly name: PlatformName;
  readonly label: string;
  /** What it cannot connect without: one of each group. */
  readonly secrets: readonly (readonly SecretChoice[])[];
  /** Fields that it does not work without. */
  readonly fields: readonly { readonly name: string; readonly meaning: string }[];
  /** Whether somebody has to be let in. */
  readonly people: boolean;
}

export interface Choices {
  readonly environments: readonly EnvironmentName[];
  readonly deploy: SecretChoice;
  readonly password: SecretChoice;
  readonly providers: readonly ProviderChoice[];
  readonly platforms: readonly PlatformChoice[];
}

/** All of them, in the order in which they are asked. */
export function choices(): Choices {
  return {
    environments: environmentNames,
    deploy: {
      key: "cloudflareApiToken",
      variable: "CLOUDFLARE_API_TOKEN",
      where: "Make it at https://dash.cloudflare.com/profile/api-tokens; the README lists its permissions.",
    },
    password: { key: "repositoryPassword", variable: "REPOSITORY_PASSWORD", where: "" },
    providers: [...Object.keys(providers).map(providerChoice), codex],
    platforms: platformNames.map(platformChoice),
  };
}

function providerChoice(name: string): ProviderChoice {
  const { configKey, secret, baseUrl } = providers[name as ProviderName];
  return {
    ...{ name, key: configKey, variable: secret },
    where: baseUrl === undefined ? "The key of your endpoint." : `A key of ${new URL(baseUrl).host}.`,
    needsModel: name !== "anthropic",
    needsBaseUrl: baseUrl === undefined,
  };
}

const codex: ProviderChoice = {
  ...{ name: codexPrefix.slice(0, -1), key: "", variable: "", where: "", needsModel: true, needsBaseUrl: false },
};

function platformChoice(name: PlatformName): PlatformChoice {
  const { label, needs, fields } = platforms[name];
  const needed = Object.entries(fields).filter(([, { required = false }]) => required);
  return {
    name,
    label,
    secrets: needs.map((group) =>
      group.map((key) => ({ key, variable: chatSecrets[key].secret, where: whereIs(key) })),
    ),
    fields: needed.map(([field, { meaning }]) => ({ name: field, meaning })),
    people: fields.allowedUsers !== undefined,
  };
}

/** The first sentence: what follows it is how it is set by hand. */
function whereIs(key: keyof typeof chatSecrets): string {
  return tokenForms[key]?.where.replace(/(?:; then|; then, from the file,)$/, ".") ?? "";
}
