import * as z from "zod";
import { BotError, reasonOf } from "../errors.ts";

/** Slack answers within a second; one that does not is given up. */
const patienceMs = 10_000;

const answerSchema = z.looseObject({
  ok: z.boolean(),
  error: z.string().optional(),
  needed: z.string().optional(),
  provided: z.string().optional(),
});

/** What to type next, by Slack's error. */
const nextOf: Readonly<Record<string, string>> = {
  channel_not_found: "Name a channel by its id (C…), and invite the app to it: `/invite @<app>`.",
  not_in_channel: "Invite the app to the channel: `/invite @<app>`.",
  is_archived: "Name a channel that is not archived.",
  missing_scope:
    "Give the app its scopes (`./talaria slack-manifest --operator`), install it anew and set its token again.",
};
const elseNext =
  "Look at the app's token: `pulumi config set --secret talaria:operatorSlackBotToken`, then `pulumi up`.";

/** A message to a channel, or to a person by their member id. */
export interface SlackPost {
  readonly channel: string;
  /** Slack's mrkdwn; with blocks, what a notification shows. Text that is not ours goes through `escaped`. */
  readonly text: string;
  /** Block Kit. */
  readonly blocks?: readonly object[];
}

/** Slack's Web API, by one token, which appears in no error. Nothing is sent twice: what failed is told. */
export class SlackApi {
  private readonly apiUrl: string;
  private readonly token: string;

  /** `apiUrl`: without a slash at the end, such as `https://slack.com/api`. */
  constructor(apiUrl: string, token: string) {
    this.apiUrl = apiUrl;
    this.token = token;
  }

  /** Calls a method. @throws BotError `slackRefused` with Slack's own code, `slackUnreachable` */
  async call(method: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
    const answer = await this.send(method, body);
    if (answer.status === 429) throw this.refused(method, "ratelimited", "Slack takes it again in a minute.");
    const parsed = answerSchema.safeParse(await answer.json().catch(() => undefined));
    if (!parsed.success) throw new BotError("slackUnreachable", { method, reason: `HTTP ${answer.status}, not JSON` });
    const { ok, error = "unknown_error", needed, provided } = parsed.data;
    if (ok) return parsed.data;
    const scopes = needed === undefined ? "" : ` (needed: ${needed}; granted: ${provided ?? "none"})`;
    throw this.refused(method, `${error}${scopes}`, nextOf[error] ?? elseNext);
  }

  /** Posts a message. Links in it are not unfolded. @throws BotError as {@link call} */
  async postMessage(post: SlackPost): Promise<void> {
    await this.call("chat.postMessage", { ...post, unfurl_links: false, unfurl_media: false });
  }

  private async send(method: string, body: object): Promise<Response> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json; charset=utf-8" };
    const signal = AbortSignal.timeout(patienceMs);
    try {
      // A redirect is not followed: the token goes to this address alone.
      const order = { method: "POST", headers, body: JSON.stringify(body), redirect: "manual", signal } as const;
      return await fetch(`${this.apiUrl}/${method}`, order);
    } catch (error) {
      throw new BotError("slackUnreachable", { method, reason: reasonOf(error) });
    }
  }

  private refused(method: string, error: string, hint: string): BotError {
    return new BotError("slackRefused", { method, error, hint });
  }
}
