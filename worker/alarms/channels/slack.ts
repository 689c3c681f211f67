import type { SlackApi } from "../../operatorBot/slackApi.ts";
import type { Notice } from "../notice.ts";
import type { Channel } from "./channel.ts";

/** Slack shows no more of one section. */
const longestSection = 2900;

export interface SlackParts {
  readonly api: Pick<SlackApi, "postMessage">;
  /** Id (C…) or name of a channel that the operator bot is a member of. */
  readonly channel: string;
}

/** A message of the operator bot, which is another app than the agent's. */
export function slack({ api, channel }: SlackParts): Channel {
  return { name: "slack", target: channel, tell: (notice) => api.postMessage({ channel, ...messageOf(notice) }) };
}

function messageOf({ kind, title, text, next }: Notice) {
  const mark = { raised: ":rotating_light:", resolved: ":white_check_mark:", summary: ":sunrise:", test: ":wave:" }[
    kind
  ];
  const rest = text.split("\n").slice(1);
  const lines = rest.filter((line) => line !== `Type: ${next}`).map(plain);
  const typed = next === null ? [] : [`\`${plain(next)}\``];
  const section = [`${mark} *${plain(title)}*`, ...lines, ...typed].join("\n").slice(0, longestSection);
  return { text: plain(title), blocks: [{ type: "section", text: { type: "mrkdwn", text: section } }] };
}

/** Text that Slack shows as it is: nothing in it becomes a link, a mention or a channel. */
function plain(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
