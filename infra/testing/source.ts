import { secretBindings } from "../config/keys.ts";
import type { ConfigSource } from "../config/parse.ts";

/** The account of every test. */
export const accountId = "ab".repeat(16);

/** The least that a stack configures. */
export const leastValues: Readonly<Record<string, string>> = {
  accountId,
  cloudflareApiToken: "t".repeat(40),
  repositoryPassword: "password of the repository",
  anthropicApiKey: "sk-ant-of-the-test",
};

/** A stack's configuration: the least, and what the test changes (undefined removes a key). */
export function aSource(
  changes: Readonly<Record<string, unknown>> = {},
  plainSecrets: readonly string[] = [],
): ConfigSource {
  const entries = Object.entries({ ...leastValues, ...changes }).filter(([, value]) => value !== undefined);
  return {
    project: "talaria",
    stack: "dev",
    values: Object.fromEntries(
      entries.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    isSecret: (key) => key in secretBindings && !plainSecrets.includes(key),
    locate: (key) => (key === "accountId" ? "Pulumi.dev.yaml:4" : undefined),
  };
}
