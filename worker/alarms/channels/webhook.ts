import { reasonOf } from "../../errors.ts";
import type { Notice } from "../notice.ts";
import { type Channel, NotTold, tellsWithinMs } from "./channel.ts";
import { signature } from "./standardWebhooks.ts";

/** Discord refuses a longer `content`. */
const longestContent = 2000;
/** The most of an answer that is quoted. */
const quoted = 200;

export interface WebhookParts {
  readonly url: string;
  /** In the form of Standard Webhooks, `whsec_` and base64; absent: not signed. */
  readonly secret: string | undefined;
  readonly now: () => number;
  readonly fetch: typeof fetch;
}

/**
 * An incoming webhook. Slack and Mattermost show `text`, Discord shows `content`; whoever reads fields finds all of the
 * notice. The URL is a secret: only its host is ever told, and a redirect is not followed.
 */
export function webhook(parts: WebhookParts): Channel {
  const target = hostOf(parts.url);
  return { name: "webhook", target, tell: (notice) => post(notice, parts, target) };
}

async function post(notice: Notice, { url, secret, now, fetch }: WebhookParts, target: string): Promise<void> {
  const body = JSON.stringify(payload(notice));
  const seconds = Math.floor(now() / 1000);
  const signed: Record<string, string> =
    secret === undefined
      ? {}
      : {
          "webhook-id": notice.id,
          "webhook-timestamp": String(seconds),
          "webhook-signature": await signature(secret, notice.id, seconds, body),
        };
  const request = {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "talaria-alarms", ...signed },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(tellsWithinMs),
  } as const;
  const response = await fetch(url, request).catch((error: unknown) => {
    throw new NotTold(`${target} cannot be reached: ${reasonOf(error).replaceAll(url, target)}`);
  });
  const text = (await response.text().catch(() => "")).replaceAll(url, target).slice(0, quoted); // the status has to do then
  if (response.ok) return;
  const elsewhere = response.status >= 300 && response.status < 400;
  const why = elsewhere ? "it leads elsewhere, and an alarm follows no redirect" : text.trim();
  throw new NotTold(
    `${target} answers with status ${response.status}${why ? `: ${why}` : ""}`,
    waitOf(response.headers.get("retry-after")),
  );
}

/** Fields after the scheme of Standard Webhooks: `type`, `timestamp`, `data`. */
function payload(notice: Notice) {
  const { kind, at, ...data } = notice;
  const text = callingNobody(notice.text);
  const content = text.slice(0, longestContent);
  return { text, content, allowed_mentions: { parse: [] }, type: `alarm.${kind}`, timestamp: at, data };
}

/** Words of a log may be quoted: none of them shall ring for a whole channel. */
function callingNobody(text: string): string {
  return text.replace(/<(?=[!@#])/g, "<\u200b").replace(/@(?=(?:everyone|here|channel|all)\b)/g, "@\u200b");
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is none";
}

function waitOf(header: string | null): number | undefined {
  const seconds = Number(header ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
