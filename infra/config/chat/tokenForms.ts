/** What the tokens of chat platforms look like. A message about one tells its beginning at most, and only a known one. */
import type { ChatSecret } from "../../../worker/bindings.ts";

/** A token's form. */
export interface TokenForm {
  readonly form: RegExp;
  /** Completes "is not …". */
  readonly is: string;
  /** Where a person finds the right one. */
  readonly where: string;
  /** What other credentials of the platform begin with, and what they are. */
  readonly mistaken?: Readonly<Record<string, string>>;
}

const slackTokens = {
  "xoxb-": "a bot token (talaria:slackBotToken)",
  "xapp-": "an app-level token (talaria:slackAppToken)",
  "xoxp-": "a user's token",
  xoxe: "a token that rotates; turn token rotation off in the app's manifest",
  "https://hooks.slack.com/": "the URL of an incoming webhook",
};
/** Tokens whose form is known; the others are taken as they are. */
export const tokenForms: Readonly<Partial<Record<ChatSecret, TokenForm>>> = {
  slackBotToken: {
    form: /^xoxb-[A-Za-z0-9-]{10,}(?:,\s*xoxb-[A-Za-z0-9-]{10,})*$/,
    is: "a Slack bot token, which begins with xoxb-",
    where: "It stands at https://api.slack.com/apps > your app > OAuth & Permissions > Bot User OAuth Token; then",
    mistaken: slackTokens,
  },
  slackAppToken: {
    form: /^xapp-[A-Za-z0-9-]{16,}$/,
    is: "a Slack app-level token, which begins with xapp-",
    where:
      "Make it at https://api.slack.com/apps > your app > Basic Information > App-Level Tokens, with the scope connections:write; then",
    mistaken: slackTokens,
  },
  telegramBotToken: {
    form: /^\d{6,12}:[A-Za-z0-9_-]{35}$/,
    is: "a Telegram bot token: digits, a colon, 35 characters",
    where: "@BotFather tells it: /mybots > your bot > API Token; then",
  },
  discordBotToken: {
    form: /^[A-Za-z0-9_-]{17,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{27,}$/,
    is: "a Discord bot token: three parts with dots between",
    where: "Make a new one at https://discord.com/developers/applications > your application > Bot > Reset Token; then",
    mistaken: { "Bot ": "the word belongs to a header, leave it out" },
  },
  googleChatServiceAccount: {
    form: /^\s*\{[\s\S]*"private_key"[\s\S]*\}\s*$/,
    is: "the JSON of a service account's key",
    where: "The file comes from Google Cloud > IAM > Service accounts > Keys > Add key; then, from the file,",
  },
};

/** What is wrong with a token's form, without the token; undefined when it is as it should be. */
export function tokenProblem(key: string, value: string): string | undefined {
  const known = (tokenForms as Readonly<Record<string, TokenForm | undefined>>)[key];
  if (known === undefined || known.form.test(value)) return undefined;
  if (value !== value.trim()) return `is not ${known.is}: it has space or a new line around it.`;
  const other = Object.entries(known.mistaken ?? {}).find(
    ([start, what]) => value.startsWith(start) && !what.includes(`talaria:${key}`),
  );
  if (other !== undefined) return `is not ${known.is}; this one begins with ${other[0].trim()}: ${other[1]}.`;
  return `is not ${known.is}; this one has ${value.length} characters.`;
}
