/** Asks Telegram whose token it is, and who else gets the bot's messages. Telegram has the token in the path: no address is ever told. */
import { z } from "zod";
import { ask, isFinding } from "./ask.ts";
import { type Finding, lack, setAgain, warning } from "./finding.ts";

const envelope = <T>(result: z.ZodType<T>) => z.object({ ok: z.literal(true), result });
const meSchema = envelope(
  z.object({ is_bot: z.boolean(), username: z.string(), can_read_all_group_messages: z.boolean().optional() }),
);
const webhookSchema = envelope(z.object({ url: z.string() }));

/** What is wrong with a token. `hearsGroups`: the stack expects messages of groups that do not mention the bot. */
export async function telegramCheck(api: string, token: string, hearsGroups: boolean): Promise<readonly Finding[]> {
  const telegram = { label: "Telegram", api };
  const [me, webhook] = await Promise.all([
    ask(telegram, `/bot${token}/getMe`, {}),
    ask(telegram, `/bot${token}/getWebhookInfo`, {}),
  ]);
  if (isFinding(me)) return [me];
  if (me.status === 401 || me.status === 404) {
    return [
      lack(
        `Telegram does not know talaria:telegramBotToken (${me.status}): it was revoked, or is not whole. @BotFather tells it: /mybots > your bot > API Token; then: ${setAgain("telegramBotToken")}`,
      ),
    ];
  }
  const bot = meSchema.safeParse(me.body).data?.result;
  if (bot === undefined)
    return [
      warning(`Telegram answered something else than its API does (${me.status}), so its token is deployed unchecked.`),
    ];
  return [
    ...(isFinding(webhook) ? [] : webhookFindings(bot.username, webhook.body)),
    ...groupFindings(bot, hearsGroups),
  ];
}

/** A bot with a webhook is not given its messages when it asks for them; Hermes takes the webhook away when it starts. */
function webhookFindings(name: string, body: unknown): Finding[] {
  const url = webhookSchema.safeParse(body).data?.result.url ?? "";
  if (url === "") return [];
  const host = URL.canParse(url) ? new URL(url).host : "somewhere";
  return [
    warning(
      `@${name} has a webhook at ${host}: something else gets its messages. Hermes removes the webhook when it starts, and what is there hears nothing more. Give this bot a token of its own (@BotFather: /newbot) if that is not meant.`,
    ),
  ];
}

function groupFindings(
  bot: { readonly username: string; readonly can_read_all_group_messages?: boolean | undefined },
  hearsGroups: boolean,
): Finding[] {
  if (!hearsGroups || bot.can_read_all_group_messages !== false) return [];
  return [
    lack(
      `@${bot.username} is in privacy mode, so Telegram gives it no group message that does not mention it, which talaria:telegram expects. @BotFather: /setprivacy > @${bot.username} > Disable; then remove it from each group and add it again.`,
    ),
  ];
}
