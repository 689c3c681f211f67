/** The key `alarms` and its secrets: what the bot tells when, and where. */
import { z } from "zod";
import { alarmCodes } from "../../worker/declarationSchema.ts";
import { choice, count, text, timeZone } from "./values.ts";

/** For the README's table and `Pulumi.yaml`. */
export const alarmsMeaning =
  "What is wrong with the bot is told over another way than the bot's own: the webhook of the secret `alarmWebhookUrl` (signed by Standard Webhooks with `alarmWebhookSecret`), `slackChannel` (by the operator's bot), `email` (`from`, an address of a domain in Cloudflare's Email Service, and `to`). `quietHours`: `from`, `to` (HH:MM), `timezone`, and `except`, codes that are told all the same. `canaryMinutes`: a tiny turn through the real model so often while the bot is up; each costs one turn's tokens, the whole system prompt included, and `./talaria alarms` tells how many. `holdSeconds`: how long a cause holds before it is told, by its code. `goneSeconds`: how long until it is over. `limits`: `heartbeatSeconds`, `jobLateSeconds`, `errorLines`, `modelFailures`. The codes stand in worker/alarms/README.md.";

const code = choice(alarmCodes);
const address = text.regex(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, "is not an e-mail address");
const time = text.regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "is not a time of a day such as 22:30");
/** Seconds, also as text: `pulumi config set --path` writes numbers as numbers, and some shells' quoting does not. */
const seconds = z.coerce.number({ error: "is not a number of seconds" }).int().min(0).max(604_800);
/** 0 switches the cause off. */
const threshold = z.coerce.number({ error: "is not a whole number" }).int().min(0).max(1_000_000);

export const alarmsFields = z
  .strictObject({
    slackChannel: text.regex(/^(?:[CG][A-Z0-9]{2,20}|#[\w-]{1,80})$/, "is neither C012AB3CD nor #a-channel").optional(),
    email: z.strictObject({ from: address, to: address }).optional(),
    quietHours: z
      .strictObject({
        from: time,
        to: time,
        timezone: timeZone,
        except: z.array(code, { error: "is not a list" }).default([]),
      })
      .optional(),
    canaryMinutes: count(10_080).optional(),
    holdSeconds: z.partialRecord(code, seconds).default({}),
    goneSeconds: seconds.optional(),
    limits: z
      .strictObject({
        heartbeatSeconds: seconds.default(180),
        jobLateSeconds: seconds.default(300),
        errorLines: threshold.default(30),
        modelFailures: threshold.default(3),
      })
      .prefault({}),
  })
  .prefault({});
export type AlarmsConfig = z.output<typeof alarmsFields>;

const url = "alarmWebhookUrl";
const secret = "alarmWebhookSecret";
const slackToken = "operatorSlackBotToken";

/** A contradiction, and the key that mends it. */
export interface AlarmsProblem {
  readonly key: string;
  readonly reason: string;
  readonly sets: string;
}

/** What is wrong with the alarms of a stack. A secret that is not what it should be is never told. */
export function alarmsProblems(alarms: AlarmsConfig, values: Readonly<Record<string, string>>): AlarmsProblem[] {
  const value = (key: string) => values[key] ?? "";
  const wrong: AlarmsProblem[] = [];
  if (value(url) !== "" && !isWebhook(value(url))) {
    wrong.push({ key: url, reason: "is not an https:// URL (http:// is taken for loopback only).", sets: url });
  }
  if (value(secret) !== "" && !/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(value(secret))) {
    const reason = "is not a secret of Standard Webhooks: whsec_ and base64 of 24 to 64 bytes.";
    wrong.push({ key: secret, reason, sets: secret });
  }
  if (value(secret) !== "" && value(url) === "") {
    wrong.push({ key: url, reason: `is missing: ${secret} signs what is sent there.`, sets: url });
  }
  if (alarms.slackChannel !== undefined && value(slackToken) === "") {
    const reason = "is missing: talaria:alarms.slackChannel is posted in by the operator's bot.";
    wrong.push({ key: slackToken, reason, sets: slackToken });
  }
  return wrong;
}

function isWebhook(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(hostname));
}
