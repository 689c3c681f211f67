/** Texts of a server that may hold a secret, or the name of a variable in its place. */
import { secretLook } from "../../secretLooks.ts";
import { isMapping } from "../../trees.ts";
import { type McpServer, ownFields } from "./fields.ts";
import type { McpProblem } from "./problem.ts";

/** Headers that carry a credential under a name that does not say so. */
const credentialHeaders = /^(?:authorization|proxy-authorization|cookie|.*api-?key)$/i;
/** `--api-key value`, or `--api-key=value`. */
const option = /^--?(?<name>[A-Za-z][A-Za-z0-9_-]*)(?:=(?<value>.*))?$/s;
const reference = /\$\{(?:env:)?([^}]+)\}/g;

interface Text {
  /** Dotted, as `pulumi config set --path` takes it. */
  readonly key: string;
  /** What the value is called. */
  readonly name: string;
  readonly value: string;
}

/** Everything that looks like a secret and stands where everybody may read it. Quotes no value. */
export function plainSecrets(server: McpServer): McpProblem[] {
  return texts(server).flatMap(({ key, name, value }) => {
    const look = lookOf(key, name, value);
    if (look === undefined) return [];
    return {
      key,
      reason: `looks like ${look}, and mcpServers are deployed as plain text.`,
      next: [
        "Treat it as leaked if the file was ever committed. Keep a new one as a secret, and write ${NAME} in its place:",
        "pulumi config set --secret --path talaria:secretEnvironment.NAME",
      ],
    };
  });
}

/** Every variable that is named in a server, and where. */
export function variablesNamed(server: McpServer): { key: string; name: string }[] {
  return texts(server).flatMap(({ key, value }) =>
    [...value.matchAll(reference)].map(([, name = ""]) => ({ key, name: name.trim() })),
  );
}

function lookOf(key: string, name: string, value: string): string | undefined {
  const look = secretLook(name, value);
  if (look !== undefined) return look;
  const bare = value.replace(reference, "").trim();
  const isCredential = key.startsWith("headers.") && credentialHeaders.test(name);
  return isCredential && bare === value.trim() && bare.length > 7 ? `the value of "${name}"` : undefined;
}

function texts(server: McpServer): Text[] {
  return Object.entries(server).flatMap(([field, value]) => {
    if (ownFields.includes(field)) return [];
    return field === "args" ? argumentTexts(server.args ?? []) : below(field, field, value);
  });
}

function below(key: string, name: string, value: unknown): Text[] {
  if (typeof value === "string") return [{ key, name, value }];
  if (Array.isArray(value)) return value.flatMap((one, at) => below(`${key}[${at}]`, name, one));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([inner, one]) => below(`${key}.${inner}`, inner, one));
}

/** An argument is called by the option that it follows, or is part of. */
function argumentTexts(args: readonly string[]): Text[] {
  return args.map((value, at) => {
    const own = option.exec(value)?.groups;
    const before = option.exec(args[at - 1] ?? "")?.groups;
    const key = `args[${at}]`;
    if (own?.value !== undefined) return { key, name: own.name ?? "", value: own.value };
    return { key, name: own === undefined && before?.value === undefined ? (before?.name ?? "") : "", value };
  });
}
