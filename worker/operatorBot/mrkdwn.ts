/** Slack's mrkdwn, of which text that is not ours takes no part: no mention, no link, no end of a code block. */

import { utc } from "../words.ts";

/** Foreign text inside mrkdwn. A mention of everybody stays readable and pings nobody. */
export function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/@(?=channel|here|everyone)/gi, "@\u2060")
    .replaceAll("`", "ʼ");
}

/** At most so many characters, from the end that matters. */
export function clipped(text: string, most: number, keep: "head" | "tail" = "head"): string {
  if (text.length <= most) return text;
  return keep === "head" ? `${text.slice(0, most - 1)}…` : `…${text.slice(text.length - most + 1)}`;
}

/** A time as each reader's own clock has it. */
export function moment(iso: string): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return escaped(iso);
  return `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${utc(iso)}>`;
}
