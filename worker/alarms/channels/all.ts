/** The channels of a bot: those whose settings and secrets are there. */
import type { EmailBinding, Secrets } from "../../bound.ts";
import type { Declaration } from "../../declarationSchema.ts";
import { SlackApi } from "../../operatorBot/slackApi.ts";
import type { Channel } from "./channel.ts";
import { email } from "./email.ts";
import { slack } from "./slack.ts";
import { webhook } from "./webhook.ts";

/** In the order in which the report shows them. */
export function channelsOf(
  env: Secrets & EmailBinding,
  { alarms, operatorBot }: Pick<Declaration, "alarms" | "operatorBot">,
  now: () => number,
): Channel[] {
  const { ALARM_WEBHOOK_URL: url, ALARM_WEBHOOK_SECRET: secret, ALARM_EMAIL: sender } = env;
  const { OPERATOR_SLACK_BOT_TOKEN: token } = env;
  const mail = alarms?.email;
  const channel = alarms?.slackChannel;
  return [
    ...(url ? [webhook({ url, secret: secret || undefined, now, fetch: (...args) => fetch(...args) })] : []),
    ...(token && channel && operatorBot ? [slack({ api: new SlackApi(operatorBot.slackApi, token), channel })] : []),
    ...(sender && mail ? [email({ sender, ...mail })] : []),
  ];
}
