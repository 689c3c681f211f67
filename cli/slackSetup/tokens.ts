/** Asks for each token until Slack takes it, and keeps it at once: a run that is broken off has lost nothing. */
import type { Output } from "../output.ts";
import { ask, askHidden } from "./questions.ts";
import { callSlack, type SlackAnswer } from "./slackWeb.ts";
import type { StackConfig } from "./stackConfig.ts";

/** What the steps share. */
export interface Setup {
  readonly output: Output;
  readonly config: StackConfig;
  /** Slack's Web API. */
  readonly api: string;
}

/** One secret: where it stands, what it begins with, and what Slack says of it. */
export interface TokenStep {
  readonly key: string;
  readonly title: string;
  /** What to click. */
  readonly where: string;
  /** Its form, and what is said of another. */
  readonly form: readonly [RegExp, string];
  /** What is wrong with one that has the form; undefined when it is right. */
  readonly check: (token: string) => Promise<string | undefined>;
}

/** Comes to a token that is right: the one that is set, or the one that is typed. */
export async function tokenStep({ output, config }: Setup, step: TokenStep): Promise<string> {
  output.note(`\n${step.title}`);
  const known = await config.secret(step.key);
  if (known !== undefined) {
    const problem = await problemOf(step, known);
    if (problem === undefined) {
      output.note(`   talaria:${step.key} is set already, and right.`);
      return known;
    }
    output.note(`   talaria:${step.key} is set already, but: ${problem}`);
  }
  output.note(`   ${step.where}`);
  for (;;) {
    const token = await askHidden("   Paste it here (it is not shown): ");
    if (token === "") continue;
    const problem = await problemOf(step, token);
    if (problem === undefined) {
      await config.setSecret(step.key, token);
      output.note(`   Kept as talaria:${step.key}, encrypted.`);
      return token;
    }
    output.note(`   ${problem}`);
  }
}

async function problemOf({ form: [form, otherwise], check }: TokenStep, token: string): Promise<string | undefined> {
  return form.test(token) ? check(token) : otherwise;
}

/** The form of a bot token. */
export const botForm = [/^xoxb-[\w-]{10,}$/, "That is no bot token: one begins with xoxb-."] as const;

/** Whether Slack knows a bot token, and what its app may. A person may go on without a scope; the deploy says which one the bot needs. */
export async function checkBot(setup: Setup, token: string, scopes: readonly string[]): Promise<string | undefined> {
  const { output, api } = setup;
  const who = await callSlack(api, "auth.test", token);
  if (!who.ok) return refusal(who);
  output.note(`   Slack knows it: ${String(who.fields.user)} in ${String(who.fields.team)}.`);
  const missing = scopes.filter((scope) => who.scopes?.includes(scope) === false);
  if (missing.length === 0) return undefined;
  output.note(
    `   It lacks ${missing.length === 1 ? "the scope" : "the scopes"} ${missing.join(", ")}. OAuth & Permissions > Scopes > Bot Token Scopes: add, then Install App > Reinstall.`,
  );
  const answer = await ask("   Press Enter when that is done, or type `skip` to go on without: ");
  return answer === "skip" ? undefined : checkBot(setup, token, scopes);
}

/** Whether Slack opens a socket for the app-level token, and whether it is of the app whose bot token is set. */
export async function checkApp({ output, api }: Setup, token: string, botToken: string): Promise<string | undefined> {
  const opened = await callSlack(api, "apps.connections.open", token);
  if (opened.error === "missing_scope") return "It lacks the scope connections:write. Make another one, with it.";
  if (!opened.ok) return refusal(opened);
  const app = /^xapp-\d+-(A[A-Z0-9]+)-/.exec(token)?.[1];
  const who = await callSlack(api, "auth.test", botToken);
  const bot = await callSlack(api, "bots.info", botToken, { bot: String(who.fields.bot_id) });
  const own = (bot.fields.bot as { readonly app_id?: string } | undefined)?.app_id;
  if (app !== undefined && own !== undefined && app !== own)
    return `It is of the app ${app}, the bot token of ${own}. Take both from one app.`;
  output.note("   Slack opens a socket for it (nothing was connected).");
  return undefined;
}

function refusal({ error }: SlackAnswer): string {
  const known: Readonly<Record<string, string>> = {
    invalid_auth: "Slack does not know this token (invalid_auth). Copy it once more, whole.",
    account_inactive: "The app was removed from the workspace (account_inactive). Install it again: Install App.",
    token_revoked: "The token was revoked (token_revoked). Install the app again: Install App.",
    not_allowed_token_type: "That is another kind of token (not_allowed_token_type).",
    socket_mode_not_enabled: "The app has no Socket Mode: turn it on under Settings > Socket Mode.",
    ratelimited: "Slack was asked too often (ratelimited). Wait a minute, then paste it again.",
  };
  return known[error] ?? `Slack refuses it (${error}).`;
}
