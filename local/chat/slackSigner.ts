/** What Slack sends to an app: signed requests for slash commands and pressed buttons. */
import { createHmac } from "node:crypto";
import type { SlackApp } from "./slackWorkspace.ts";

/** A request as it goes over the wire. */
export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs a body as Slack does: HMAC-SHA256 of `v0:<timestamp>:<body>`. `at`: seconds since the epoch. @default now */
export function signed(
  { signingSecret }: Pick<SlackApp, "signingSecret">,
  body: string,
  at: number | string = Math.floor(Date.now() / 1000),
): SignedRequest {
  const signature = createHmac("sha256", signingSecret).update(`v0:${at}:${body}`).digest("hex");
  return {
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
      "x-slack-request-timestamp": String(at),
      "x-slack-signature": `v0=${signature}`,
    },
    body,
  };
}

/** Who does something, and where. */
export interface Doing {
  readonly app: SlackApp;
  readonly team: string;
  readonly domain: string;
  readonly user: { readonly id: string; readonly name: string };
  readonly channel: { readonly id: string; readonly name: string };
  readonly responseUrl: string;
  /** Unique; Slack gives one to each act. */
  readonly trigger: string;
}

/** The form of a slash command: `command` with its slash, `text` all that stands behind it. */
export function commandForm(doing: Doing, command: string, text: string): string {
  return new URLSearchParams({
    token: "gIkuvaNzQIHg97ATvDxqgjtO",
    team_id: doing.team,
    team_domain: doing.domain,
    channel_id: doing.channel.id,
    channel_name: doing.channel.name,
    user_id: doing.user.id,
    user_name: doing.user.name,
    command,
    text,
    api_app_id: doing.app.id,
    is_enterprise_install: "false",
    response_url: doing.responseUrl,
    trigger_id: doing.trigger,
  }).toString();
}

/** The form of a pressed button: one field `payload`, JSON of `block_actions`. */
export function actionForm(doing: Doing, action: { readonly action_id: string; readonly value?: string }): string {
  const { app, team, domain, user, channel, responseUrl, trigger } = doing;
  const ts = `${Math.floor(Date.now() / 1000)}.000100`;
  const payload = {
    type: "block_actions",
    user: { id: user.id, username: user.name, name: user.name, team_id: team },
    api_app_id: app.id,
    token: "gIkuvaNzQIHg97ATvDxqgjtO",
    container: { type: "message", message_ts: ts, channel_id: channel.id, is_ephemeral: true },
    trigger_id: trigger,
    team: { id: team, domain },
    enterprise: null,
    is_enterprise_install: false,
    channel,
    state: { values: {} },
    response_url: responseUrl,
    actions: [
      { ...action, block_id: "b1", text: { type: "plain_text", text: "Button" }, type: "button", action_ts: ts },
    ],
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}
