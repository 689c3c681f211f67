import fs from "node:fs";
import { expect, test } from "vitest";
import { chatSecrets } from "../../../worker/bindings.ts";
import { botConfig } from "../../config.ts";
import { hermesExtras } from "../../imageBuild.ts";
import { aDiscord, aSlack, aSource, aTelegram } from "../../testing/source.ts";
import { platformNames, secretsOf } from "./platforms.ts";

const { slackBotToken, slackAppToken } = aSlack;
const { telegramBotToken } = aTelegram;
const { discordBotToken } = aDiscord;
const tokens = { slackBotToken, slackAppToken, telegramBotToken, discordBotToken };
const slack = { slackBotToken, slackAppToken };

/** What a person reads, without the line that counts. */
function message(changes: Record<string, unknown>): string {
  try {
    botConfig(aSource(changes));
  } catch (error) {
    return String((error as Error).message).replace(/^.*\n\n/, "");
  }
  return "no problem";
}

const cases: Readonly<Record<string, Record<string, unknown>>> = {
  "Slack: the app-level token where the bot token belongs": {
    ...slack,
    slackBotToken: slackAppToken,
    slack: { allowedUsers: ["U01ABC2DE3F"] },
  },
  "Slack: a user's token": { ...slack, slackBotToken: "xoxp-123456789012", slack: { allowAllUsers: true } },
  "Slack: a bot token without an app-level one": { slackBotToken, slack: { allowAllUsers: true } },
  "Slack: an app-level token without a bot token": { slackAppToken, slack: { allowAllUsers: true } },
  "Slack: a key without any token": { slack: { allowAllUsers: true } },
  "Slack: nobody may talk to it": slack,
  "Slack: everybody, and a list": { ...slack, slack: { allowAllUsers: true, allowedUsers: ["U01ABC2DE3F"] } },
  "Slack: an e-mail address as member id": { ...slack, slack: { allowedUsers: ["me@example.com"] } },
  "Slack: the name of a channel": { ...slack, slack: { allowAllUsers: true, homeChannel: "#general" } },
  "Slack: one id instead of a list": { ...slack, slack: { allowedUsers: "U01ABC2DE3F" } },
  "Slack: an empty list": { ...slack, slack: { allowedUsers: [] } },
  "Slack: a misspelt field": { ...slack, slack: { allowAllUsers: true, replyInThreads: false } },
  "Slack: a word where true or false belongs": { ...slack, slack: { allowAllUsers: "yes" } },
  "Slack: a list set by hand": {
    ...slack,
    slack: { allowAllUsers: true },
    environment: { SLACK_FREE_RESPONSE_CHANNELS: "C01ABC2DE3F" },
  },
  "Slack: a leaf set by hand, where Hermes takes it too": {
    ...slack,
    slack: { allowAllUsers: true },
    settings: { platforms: { slack: { extra: { reply_in_thread: false } } } },
  },
  "a token as a plain variable": { environment: { SLACK_BOT_TOKEN: slackBotToken } },
  "Telegram: a token cut short": { telegramBotToken: "123456789:AAE", telegram: { allowedUsers: ["1234567"] } },
  "Telegram: a name instead of an id": { telegramBotToken, telegram: { allowedUsers: ["@me"] } },
  "Telegram: nobody may talk to it": { telegramBotToken },
  "Discord: the header instead of the token": {
    discordBotToken: `Bot ${discordBotToken}`,
    discord: { allowAllUsers: true },
  },
  "Discord: the application's public key": { discordBotToken: "ab".repeat(32), discord: { allowAllUsers: true } },
  "Discord: an id that is too short": { discordBotToken, discord: { allowedUsers: ["12345"] } },
  "Discord: an allowlist without its hosts": {
    discordBotToken,
    discord: { allowAllUsers: true },
    agent: { network: "allowlist", hosts: ["discord.com"] },
  },
  "Matrix: without server, user or secret": { matrix: { allowAllUsers: true } },
  "e-mail over an allowlist": {
    emailPassword: "p",
    email: {
      address: "bot@example.com",
      imapHost: "imap.example.com",
      smtpHost: "smtp.example.com",
      allowAllUsers: true,
    },
    agent: { network: "allowlist", hosts: ["imap.example.com"] },
  },
  "Google Chat: a path instead of the key": {
    googleChatServiceAccount: "/home/me/key.json",
    googleChat: { projectId: "p", subscriptionName: "projects/p/subscriptions/s", allowedUsers: ["me@example.com"] },
  },
  "an image without what the platform needs": {
    telegramBotToken,
    telegram: { allowAllUsers: true },
    buildArgs: { EXTRAS: "mcp,slack" },
  },
  "a platform that cannot work here": { whatsapp: {} },
};

test.each(Object.entries(cases))("says what is wrong: %s", (_what, changes) => {
  const said = message(changes);
  expect(said).toMatchSnapshot();
  for (const token of Object.values({ ...tokens, ...changes }).filter((value) => String(value).length > 20))
    expect(said).not.toContain(typeof token === "string" ? token : "no object is a token");
});

test("declares to Hermes what a platform's key says, and threads on Slack without a word", () => {
  const config = botConfig(
    aSource({
      ...tokens,
      slack: {
        allowedUsers: ["U01ABC2DE3F", "W01ABC2DE3F"],
        homeChannel: "C01ABC2DE3F",
        requireMention: false,
        allowedChannels: ["C01ABC2DE3F"],
      },
      telegram: { allowedUsers: [1234567], homeChannel: "-1001234567890" },
      discord: { pairing: true },
      environment: { SLACK_STRICT_MENTION: "true" },
      settings: { slack: { channel_prompts: { C01ABC2DE3F: "be brief" } } },
    }),
  );
  expect(config.environment).toEqual({
    SLACK_STRICT_MENTION: "true",
    SLACK_ALLOWED_USERS: "U01ABC2DE3F,W01ABC2DE3F",
    SLACK_HOME_CHANNEL: "C01ABC2DE3F",
    SLACK_REQUIRE_MENTION: "false",
    SLACK_ALLOWED_CHANNELS: "C01ABC2DE3F",
    TELEGRAM_ALLOWED_USERS: "1234567",
    TELEGRAM_HOME_CHANNEL: "-1001234567890",
  });
  expect(config.settings).toEqual({
    slack: {
      channel_prompts: { C01ABC2DE3F: "be brief" },
      require_mention: false,
      allowed_channels: ["C01ABC2DE3F"],
    },
    platforms: { slack: { extra: { reply_in_thread: true } } },
    discord: { unauthorized_dm_behavior: "pair" },
  });
  expect(config.chatPlatforms).toEqual(["slack", "telegram", "discord"]);
});

test("keeps every digit of an id that Pulumi wrote without quotes", () => {
  const source = aSource({ discordBotToken, discord: '{"allowedUsers": [123456789012345678]}' });
  expect(botConfig(source).environment.DISCORD_ALLOWED_USERS).toBe("123456789012345678");
});

test("builds what each platform needs into the image of Hermes", () => {
  expect(hermesExtras([])).toEqual(["mcp", "cron", "anthropic", "slack"]);
  expect(hermesExtras(["slack"])).toEqual(["mcp", "cron", "anthropic", "slack"]);
  expect(hermesExtras(["slack", "telegram"])).toEqual(["mcp", "cron", "anthropic", "messaging"]);
  expect(hermesExtras(["google_chat", "matrix"])).toEqual([
    "mcp",
    "cron",
    "anthropic",
    "google-chat",
    "matrix",
    "messaging",
  ]);
});

test("knows a platform for every secret of chat platforms", () => {
  expect(platformNames.flatMap((name) => secretsOf(name)).sort()).toEqual(Object.keys(chatSecrets).sort());
});

test("has Hermes' container keep every one of those secrets from other processes, and from a stale .env", () => {
  const file = new URL("../../../container/hermes/talaria_agent/configure/managed_environment.py", import.meta.url);
  const [, names = ""] = /CHAT_TOKENS = \(([^)]*)\)/.exec(fs.readFileSync(file, "utf8")) ?? [];
  expect([...names.matchAll(/"(\w+)"/g)].map(([, name]) => name)).toEqual(
    Object.values(chatSecrets).map(({ secret }) => secret),
  );
});
