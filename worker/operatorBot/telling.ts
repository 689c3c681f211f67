/** Tells somebody in Slack what came of what they asked: at the response URL, and where that is over, in a message of its own. */
import { BotError } from "../errors.ts";
import type { Errand, ErrandEnd } from "./errand.ts";
import { isSlacks, livesMs, mostPosts, postTo } from "./responseUrl.ts";
import { SlackApi } from "./slackApi.ts";

export interface TellingParts {
  /** Slack's Web API; undefined where the bot is not declared any more. */
  readonly slackApi: string | undefined;
  /** The app's token. */
  readonly token: string | undefined;
  readonly now: () => number;
}

/** How it went: `later` where Slack was not heard, and it is tried again. */
export type Told =
  | { readonly outcome: "told"; readonly way: "response_url" | "chat.postMessage"; readonly posts: number }
  | { readonly outcome: "later" | "never"; readonly reason: string; readonly posts: number };

/** Times that Slack may not be heard. What was not heard may have arrived: a message may come twice, an act never. */
const mostTries = 4;

/** Posts an end. A message of our own goes to whoever asked alone, or, where they take none, to the channel. */
export async function tell({ asked, keptAt, posts }: Errand, end: ErrandEnd, parts: TellingParts): Promise<Told> {
  const { slackApi, token, now } = parts;
  const said = { text: end.text, blocks: end.blocks };
  if (slackApi === undefined) return { outcome: "never", reason: "the operator's bot is not declared", posts };
  const reasons: string[] = [];
  if (now() - keptAt < livesMs && posts < Math.min(mostPosts, mostTries) && isSlacks(asked.responseUrl, slackApi)) {
    const posted = await postTo(asked.responseUrl, said);
    if (posted.outcome === "told") return { outcome: "told", way: "response_url", posts: posts + 1 };
    reasons.push(`the response URL: ${posted.reason}`);
    if (posted.outcome === "failed") return { outcome: "later", reason: reasons.join("; "), posts: posts + 1 };
  }
  if (!token) return { outcome: "never", reason: [...reasons, "there is no token"].join("; "), posts };
  const api = new SlackApi(slackApi, token);
  for (const channel of [asked.user, asked.channel]) {
    const mention = channel === asked.user ? "" : `<@${asked.user}> `;
    try {
      await api.postMessage({ channel, ...(mention === "" ? said : { text: mention + end.text }) });
      return { outcome: "told", way: "chat.postMessage", posts };
    } catch (error) {
      if (!(error instanceof BotError)) throw error;
      reasons.push(`${channel}: ${error.message}`);
      if (error.code === "slackUnreachable" && posts < mostTries)
        return { outcome: "later", reason: reasons.join("; "), posts: posts + 1 };
    }
  }
  return { outcome: "never", reason: reasons.join("; "), posts };
}
