import * as z from "zod";
import {
  chatSecrets,
  configSecrets,
  type GeneratedSecret,
  generatedSecrets,
  madeSecrets,
  providers,
  type RotatingSecret,
  rotatingSecretSchema,
  type SecretFiles,
  secretEnvironment,
  secretFiles,
  secretFilesSchema,
} from "./bindings.ts";
import type { Secrets } from "./bound.ts";
import { BotError } from "./errors.ts";

/** Reads a generated secret. @throws BotError `notConfigured` when it is absent or not in the stack's form: the door stays shut (I10). */
export function generatedSecret(env: Secrets, name: GeneratedSecret): RotatingSecret {
  const secret = knownSecret(env, name);
  if (secret === undefined) throw new BotError("notConfigured", { setting: generatedSecrets[name] });
  return secret;
}

/** The same for a secret that opens nothing here and only tells another door's token from a wrong one; undefined when it is not configured. */
export function knownSecret(env: Secrets, name: GeneratedSecret): RotatingSecret | undefined {
  return rotatingSecretSchema.safeParse(parseJson(env[generatedSecrets[name]])).data;
}

/** The values that are valid now: the current one, and the one before until its time is over. */
export function validValues(secret: RotatingSecret, now: Date): string[] {
  const { current, previous, previousUntil } = secret;
  const overlap = previous !== undefined && previousUntil !== undefined && now < new Date(previousUntil);
  return overlap ? [current, previous] : [current];
}

/** Chat tokens by their bindings, which are also Hermes' names of them. */
export function chatTokens(env: Secrets): Record<string, string> {
  const tokens = Object.values(chatSecrets).map(({ secret }) => [secret, env[secret]] as const);
  return Object.fromEntries(tokens.filter((entry): entry is [(typeof entry)[0], string] => Boolean(entry[1])));
}

/** Variables of the stack's `secretEnvironment`. Of parts that do not make a whole, none. */
export function secretVariables(env: Secrets): Record<string, string> {
  return z.record(z.string(), z.string()).safeParse(wholeJson(env, secretEnvironment)).data ?? {};
}

/** Secret files of Hermes' home. Of parts that do not make a whole, none. */
function filesOfHome(env: Secrets): SecretFiles {
  return secretFilesSchema.safeParse(wholeJson(env, secretFiles)).data ?? {};
}

/** What was cut into numbered bindings. */
function wholeJson(env: Secrets, { binding, parts }: typeof secretEnvironment | typeof secretFiles): unknown {
  const texts = Array.from({ length: parts }, (_, at) => env[`${binding}_${at + 1}`]);
  const whole = texts.filter((text) => text !== undefined);
  if (texts.slice(0, whole.length).includes(undefined)) return undefined;
  return parseJson(whole.join("") || undefined);
}

/**
 * What the gateway's process gets at its start, beside the key of its API server: chat tokens, secret variables and their names,
 * which no .env of a restored home may have another value of, and secret files, which it writes and Hermes does not inherit.
 */
export function gatewaySecrets(env: Secrets): Record<string, string> {
  const variables = secretVariables(env);
  const names = Object.keys(variables).join(",");
  const files = filesOfHome(env);
  return {
    ...variables,
    ...chatTokens(env),
    ...(names && { TALARIA_SECRET_NAMES: names }),
    ...(Object.keys(files).length > 0 && { TALARIA_SECRET_FILES: JSON.stringify(files) }),
  };
}

/** What the gateway's start takes from the secrets: with another value of one, what runs is not what is declared. */
export function secretsOfAStart(env: Secrets): (string | undefined)[] {
  return [knownSecret(env, "apiServerKey")?.current, JSON.stringify(gatewaySecrets(env))];
}

/** Beside them what a start's restore takes: with another value of one, a failed start may succeed. */
export function secretsOfAttempt(env: Secrets): (string | undefined)[] {
  return [...secretsOfAStart(env), env.REPOSITORY_PASSWORD];
}

/** Values of the secrets that the stack makes, whole or not: they are random, so whoever has one did not guess it. */
export function generatedValues(env: Secrets): string[] {
  const values = Object.values(generatedSecrets).flatMap((binding) => {
    const parsed = rotatingSecretSchema.safeParse(parseJson(env[binding]));
    return parsed.success ? [parsed.data.current, parsed.data.previous] : [env[binding]];
  });
  return values.filter((value) => value !== undefined);
}

/** A secret that the Worker holds, by the name that its stack knows it by. */
export interface NamedSecret {
  /** Of a generated one its own name, of a configured one its config key. */
  readonly name: string;
  readonly origin: "generated" | "configured";
  readonly value: string;
  /** Until when the value before it is valid, too, ISO 8601; null: there is none. */
  readonly overlapUntil: string | null;
  /** Whether the gateway's process gets it at its start. */
  readonly inGateway: boolean;
}

/** Every secret that is configured. A generated one that is not in its form is left out: its door says so. */
export function namedSecrets(env: Secrets, now: Date): NamedSecret[] {
  const generated = Object.keys(generatedSecrets).flatMap((name) => {
    const secret = knownSecret(env, name as GeneratedSecret);
    if (secret === undefined) return [];
    const overlaps = validValues(secret, now).length > 1;
    const overlapUntil = overlaps ? (secret.previousUntil ?? null) : null;
    const inGateway = name === "apiServerKey";
    return [{ name, origin: "generated" as const, value: secret.current, overlapUntil, inGateway }];
  });
  const configured = configuredSecrets(env).map((secret) => ({
    ...secret,
    origin: "configured" as const,
    overlapUntil: null,
  }));
  return [...generated, ...configured];
}

/** Every secret value that the Worker holds, for masking logs. */
export function secretValues(env: Secrets): string[] {
  const configured = configuredSecrets(env).map(({ value }) => value);
  const inFiles = Object.values(filesOfHome(env)).flatMap(({ content }) => secretsInJson(parseJson(content)));
  return [...generatedValues(env), ...configured, ...inFiles];
}

/** Secrets of the stack's config that are set, the secret variables one by one. */
function configuredSecrets(env: Secrets): Pick<NamedSecret, "name" | "value" | "inGateway">[] {
  const bindings: readonly (readonly [string, string | undefined])[] = [
    ...Object.values(providers).map(({ configKey, secret }) => [configKey, env[secret]] as const),
    ...Object.entries(chatSecrets).map(([name, { secret }]) => [name, env[secret]] as const),
    ...Object.entries({ ...configSecrets, ...madeSecrets }).map(([name, secret]) => [name, env[secret]] as const),
  ];
  const bound = bindings.flatMap(([name, value]) => (value ? [{ name, value, inGateway: name in chatSecrets }] : []));
  const variables = Object.entries(secretVariables(env)).map(([name, value]) => {
    return { name: `secretEnvironment.${name}`, value, inGateway: true };
  });
  const files = Object.values(filesOfHome(env)).map(({ key, content }) => ({
    name: key,
    value: content,
    inGateway: true,
  }));
  return [...bound, ...variables, ...files];
}

/** Names of what is secret in a file of logins; addresses, dates and ids stand there too, and are told in logs. */
const secretField = /token|secret|key|password|passwd|verifier|credential|jwt|assertion/i;

/** Texts under the name of a secret, at any depth; `token_url` is an address. */
function secretsInJson(value: unknown, name = ""): string[] {
  if (typeof value === "string") return secretField.test(name) && !/^https?:/.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((one) => secretsInJson(one, name));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([field, one]) => secretsInJson(one, field));
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the schema refuses it and the caller says which secret is malformed
  }
}
