/** Asks the chat platforms about the tokens that a stack gives to Hermes, and the account about who else has them. */
import * as pulumi from "@pulumi/pulumi";
import { chatSecrets } from "../../worker/bindings.ts";
import type { Connection } from "../cloudflare/api.ts";
import type { BotConfig } from "../config.ts";
import type { BotNames } from "../naming.ts";
import { discordCheck } from "./chat/discord.ts";
import type { Finding } from "./chat/finding.ts";
import { slackCheck } from "./chat/slack.ts";
import { telegramCheck } from "./chat/telegram.ts";
import { otherStacks } from "./chat/tokenTags.ts";

/** What they answer, all platforms at once. A preview opens no socket's address, which Slack gives a few times a minute only. */
export async function chatCheck(
  connection: Connection,
  config: BotConfig,
  names: BotNames,
): Promise<readonly Finding[]> {
  const { chatApis, telegram, discord } = config;
  const value = (binding: string) => plainValue(config.secrets[binding]);
  const [slackBotToken, slackAppToken, operatorSlackBotToken, telegramToken, discordToken] = await Promise.all([
    value(chatSecrets.slackBotToken.secret),
    value(chatSecrets.slackAppToken.secret),
    value("OPERATOR_SLACK_BOT_TOKEN"),
    value(chatSecrets.telegramBotToken.secret),
    value(chatSecrets.discordBotToken.secret),
  ]);
  const hearsGroups = telegram?.requireMention === false || telegram?.freeResponseChats !== undefined;
  const found = await Promise.all([
    slackCheck(chatApis.slack, { slackBotToken, slackAppToken, operatorSlackBotToken }, !pulumi.runtime.isDryRun()),
    telegramToken === undefined ? [] : telegramCheck(chatApis.telegram, telegramToken, hearsGroups),
    discordToken === undefined ? [] : discordCheck(chatApis.discord, discordToken, discord?.allowedRoles !== undefined),
    otherStacks(connection, config, names),
  ]);
  return found.flat();
}

/** The value behind a configuration secret, which is never unknown; undefined where it is not set. */
function plainValue(output: pulumi.Output<string> | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (output === undefined) resolve(undefined);
    else output.apply(resolve);
  });
}
