import { secretBindings } from "../config/keys.ts";
import { type Repository, tooLarge } from "../config/repository.ts";
import type { ConfigSource } from "../config/source.ts";

/** The account of every test. */
export const accountId = "ab".repeat(16);

/** The least that a stack configures. */
export const leastValues: Readonly<Record<string, string>> = {
  accountId,
  cloudflareApiToken: "t".repeat(40),
  repositoryPassword: "password of the repository",
  anthropicApiKey: "sk-ant-of-the-test",
};

/** What each chat platform needs at least. */
export const aSlack = {
  slackBotToken: `xoxb-${"1".repeat(12)}-${"a".repeat(24)}`,
  slackAppToken: `xapp-1-${"A".repeat(11)}-${"b".repeat(64)}`,
  slack: { allowedUsers: ["U01ABC2DE3F"] },
};
export const aTelegram = { telegramBotToken: `123456789:${"T".repeat(35)}`, telegram: { allowedUsers: ["1234567"] } };
export const aDiscord = {
  discordBotToken: `${"M".repeat(26)}.${"G".repeat(6)}.${"d".repeat(38)}`,
  discord: { allowedUsers: ["123456789012345678"] },
};

/** A stack's configuration: the least, and what the test changes (undefined removes a key). */
export function aSource(
  changes: Readonly<Record<string, unknown>> = {},
  plainSecrets: readonly string[] = [],
  files: Readonly<Record<string, string>> = {},
): ConfigSource {
  const entries = Object.entries({ ...leastValues, ...changes }).filter(([, value]) => value !== undefined);
  return {
    project: "talaria",
    stack: "dev",
    values: Object.fromEntries(
      entries.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
    ),
    isSecret: (key) => (key.split(".")[0] ?? key) in secretBindings && !plainSecrets.includes(key),
    locate: (key) =>
      key === "accountId" ? "Pulumi.dev.yaml:4" : key === "slackBotToken" ? "Pulumi.dev.yaml:9" : undefined,
    read: (file) => files[file],
    isTracked: () => false,
    repository: aRepository(files),
  };
}

/** A repository of these files, path → text. */
export function aRepository(files: Readonly<Record<string, string>>): Repository {
  const missing = { problem: "is not there. Paths begin at the repository's top." };
  return {
    file(name, most) {
      const content = files[name];
      if (content === undefined) return missing;
      return content.length > most ? { problem: tooLarge(content.length, most) } : Buffer.from(content, "latin1");
    },
    folder(name) {
      const inside = Object.entries(files).filter(([path]) => path.startsWith(`${name}/`));
      if (inside.length === 0) return missing;
      return inside.map(([path, content]) => ({
        path: path.slice(name.length + 1),
        size: content.length,
        executable: path.endsWith(".sh"),
        read: () => Buffer.from(content, "latin1"),
      }));
    },
  };
}
