/** The chat platforms of Hermes as configuration: one table of fields, secrets, hosts, and what of Hermes each sets. */
import { z } from "zod";
import { type ChatSecret, chatSecrets } from "../../../worker/bindings.ts";
import { flag, ids, one, word } from "./fields.ts";
import { type OtherPlatform, otherPlatforms } from "./otherPlatforms.ts";
import { type ChatPlatform, type ChatValues, whoMay } from "./platform.ts";

const member = [
  /^[UW][A-Z0-9]{2,20}$/,
  "is not a member id of Slack, such as U01ABC2DE3F (profile > ⋮ > Copy member ID, or ./talaria slack-setup)",
] as const;
const slackChannel = [
  /^[CGD][A-Z0-9]{2,20}$/,
  "is not a channel id of Slack, such as C01ABC2DE3F (channel details > at the bottom)",
] as const;
const telegramUser = [/^\d{1,15}$/, "is not a user id of Telegram: digits, which @userinfobot tells"] as const;
const telegramChat = [
  /^-?\d{1,16}$/,
  "is not a chat id of Telegram: digits, with a minus sign for a group, such as -1001234567890",
] as const;
const snowflake = (what: string) =>
  [
    /^\d{17,20}$/,
    `is not the id of a Discord ${what}: 17 to 20 digits (Settings > Advanced > Developer Mode, then right-click > Copy ID)`,
  ] as const;

/** Key → platform. */
export const platforms: Readonly<Record<PlatformName, ChatPlatform>> = {
  slack: {
    label: "Slack",
    hermes: "slack",
    needs: [["slackBotToken"], ["slackAppToken"]],
    fields: {
      ...whoMay("SLACK", "slack", member),
      homeChannel: one("where scheduled jobs report", slackChannel, { environment: "SLACK_HOME_CHANNEL" }),
      replyInThread: flag(
        "whether answers go into a thread",
        { setting: "platforms.slack.extra.reply_in_thread" },
        true,
      ),
      requireMention: flag("whether it answers in channels only where it is mentioned", {
        environment: "SLACK_REQUIRE_MENTION",
        setting: "slack.require_mention",
      }),
      freeResponseChannels: ids("channels where it needs no mention", slackChannel, {
        environment: "SLACK_FREE_RESPONSE_CHANNELS",
        setting: "slack.free_response_channels",
      }),
      allowedChannels: ids("the only channels where it answers", slackChannel, {
        environment: "SLACK_ALLOWED_CHANNELS",
        setting: "slack.allowed_channels",
      }),
    },
    hosts: () => ["slack.com", "wss-primary.slack.com", "wss-backup.slack.com", "files.slack.com"],
    extra: "slack",
  },
  telegram: {
    label: "Telegram",
    hermes: "telegram",
    needs: [["telegramBotToken"]],
    fields: {
      ...whoMay("TELEGRAM", "telegram", telegramUser),
      homeChannel: one("where scheduled jobs report", telegramChat, { environment: "TELEGRAM_HOME_CHANNEL" }),
      requireMention: flag("whether it answers in groups only where it is mentioned", {
        environment: "TELEGRAM_REQUIRE_MENTION",
        setting: "telegram.require_mention",
      }),
      freeResponseChats: ids("groups where it needs no mention", telegramChat, {
        environment: "TELEGRAM_FREE_RESPONSE_CHATS",
        setting: "telegram.free_response_chats",
      }),
      allowedChats: ids("the only groups where it answers", telegramChat, {
        environment: "TELEGRAM_ALLOWED_CHATS",
        setting: "telegram.allowed_chats",
      }),
      groupAllowedUsers: ids("who else may talk to it, in groups alone", telegramUser, {
        environment: "TELEGRAM_GROUP_ALLOWED_USERS",
        setting: "telegram.group_allow_from",
      }),
      replyToMode: word("which of its messages quote the question", ["off", "first", "all"], {
        environment: "TELEGRAM_REPLY_TO_MODE",
        setting: "telegram.reply_to_mode",
      }),
    },
    hosts: () => ["api.telegram.org"],
    extra: "messaging",
  },
  discord: {
    label: "Discord",
    hermes: "discord",
    needs: [["discordBotToken"]],
    fields: {
      ...whoMay("DISCORD", "discord", snowflake("user")),
      allowedRoles: ids("roles whose members may, too", snowflake("role"), { environment: "DISCORD_ALLOWED_ROLES" }),
      homeChannel: one("where scheduled jobs report", snowflake("channel"), { environment: "DISCORD_HOME_CHANNEL" }),
      requireMention: flag("whether it answers in channels only where it is mentioned", {
        environment: "DISCORD_REQUIRE_MENTION",
        setting: "discord.require_mention",
      }),
      freeResponseChannels: ids("channels where it needs no mention", snowflake("channel"), {
        environment: "DISCORD_FREE_RESPONSE_CHANNELS",
        setting: "discord.free_response_channels",
      }),
      allowedChannels: ids("the only channels where it answers", snowflake("channel"), {
        environment: "DISCORD_ALLOWED_CHANNELS",
        setting: "discord.allowed_channels",
      }),
      autoThread: flag("whether a mention opens a thread", {
        environment: "DISCORD_AUTO_THREAD",
        setting: "discord.auto_thread",
      }),
      replyToMode: word("which of its messages quote the question", ["off", "first", "all"], {
        environment: "DISCORD_REPLY_TO_MODE",
        setting: "discord.reply_to_mode",
      }),
    },
    hosts: () => ["discord.com", "*.discord.gg", "cdn.discordapp.com"],
    extra: "messaging",
  },
  ...otherPlatforms,
};

/** A key of this table. */
export type PlatformName = "slack" | "telegram" | "discord" | OtherPlatform;
/** All of them. */
export const platformNames = Object.keys(platforms) as readonly PlatformName[];

/** Config keys of a platform's secrets. */
export function secretsOf(name: PlatformName): readonly ChatSecret[] {
  return (Object.keys(chatSecrets) as ChatSecret[]).filter((key) => chatSecrets[key].platform === name);
}

/** The fields of a platform's key; undefined without the key. */
export function platformSchema(name: PlatformName): z.ZodType<ChatValues | undefined> {
  const { fields } = platforms[name];
  return z
    .strictObject(Object.fromEntries(Object.entries(fields).map(([field, { schema }]) => [field, schema])))
    .optional();
}

/** What a platform's key means, for the README's table. */
export function platformMeaning(name: PlatformName): string {
  const { label, fields, needs } = platforms[name];
  const common =
    fields.pairing === undefined ? "" : " Who may talk to it: `allowedUsers`, `allowAllUsers` or `pairing`.";
  const own = Object.entries(fields).filter(([field]) => common === "" || !common.includes(`\`${field}\``));
  const told = own.map(([field, { meaning }]) => `\`${field}\`: ${meaning}`).join("; ");
  const secrets = secretsOf(name).map((key) => `\`${key}\`${needs.flat().includes(key) ? "" : " (if need be)"}`);
  const list = secrets.join(needs.some((group) => group.length > 1) ? " or " : " and ");
  return `${label}.${common} ${told}.${list === "" ? "" : ` Secret: ${list}.`}`;
}
