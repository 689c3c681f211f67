/**
 * The configuration keys of a stack: one table for plain values, one for secrets.
 */
import { z } from "zod";
import { chatSecrets, configSecrets, type generatedSecrets, providers } from "../../worker/bindings.ts";
import { accessFields, accessMeaning } from "./access.ts";
import { agentFields, agentMeaning } from "./agent.ts";
import { aiGatewayFields, aiGatewayMeaning } from "./aiGateway.ts";
import { alarmsFields, alarmsMeaning } from "./alarms.ts";
import type { ChatValues } from "./chat/platform.ts";
import { type PlatformName, platformMeaning, platformNames, platformSchema } from "./chat/platforms.ts";
import { isCron } from "./cron.ts";
import { estimateFields, estimateMeaning } from "./estimate.ts";
import { execFields, execMeaning } from "./exec.ts";
import { hermesKeys } from "./hermes/keys.ts";
import { imageKeys } from "./imageKeys.ts";
import { type PlainKey, plain, withFields } from "./key.ts";
import { modelRoutes } from "./modelRoutes.ts";
import { operatorBotFields, operatorBotMeaning } from "./operatorBot.ts";
import { snapshotsFields, snapshotsMeaning } from "./snapshots.ts";
import { spendFields, spendMeaning } from "./spend.ts";
import { apiUrl, choice, count, duration, flag, hexId, hostname, origin, text, url } from "./values.ts";

const version = count(1_000_000);

/** A key of each chat platform. */
const platformKeys = Object.fromEntries(
  platformNames.map((name) => [name, withFields(platformMeaning(name), platformSchema(name), "<value>")]),
) as Readonly<Record<PlatformName, PlainKey<ChatValues | undefined>>>;

/** Keys with plain values. */
export const plainKeys = {
  accountId: plain(
    "The Cloudflare account, 32 hex digits.",
    text.regex(hexId, "is not an account id (32 hex digits)"),
    "<id>",
    "Find it with `npx wrangler whoami` or in the dashboard's URL, then",
  ),
  apiBaseUrl: plain(
    "Where Cloudflare's API is.",
    url.default("https://api.cloudflare.com/client/v4"),
    "https://api.cloudflare.com/client/v4",
  ),
  engine: plain(
    "What runs the containers: `cloudflare`, or `docker` and `process` on a loopback Cloudflare.",
    choice(["cloudflare", "docker", "process"]).default("cloudflare"),
    "cloudflare",
  ),
  hostname: plain(
    "A custom domain for the bot, in a zone of the account; workers.dev is off then.",
    hostname.optional(),
    "<host>",
  ),
  zoneId: plain(
    "The zone of `hostname` and of `dashboard.hostname`, where it cannot be looked up by name.",
    text.regex(hexId, "is not a zone id (32 hex digits)").optional(),
    "<id>",
  ),
  access: withFields(accessMeaning, accessFields, "<value>"),
  dashboard: withFields(
    "Hermes' dashboard. `hostname`: a hostname of its own, in a zone of the account; without one it answers under `/dashboard` of the bot's address.",
    z.strictObject({ hostname: hostname.optional() }).default({}),
    "<host>",
  ),
  corsOrigins: withFields(
    "Origins whose pages may ask `/v1` from a browser, such as `https://chat.example.com`.",
    z
      .array(origin, {
        error: "is not a list",
      })
      .default([]),
    "https://chat.example.com",
  ),
  cron: plain(
    "How often the platform wakes the Worker's clock.",
    text.refine(isCron, "is not a cron expression of five fields").default("*/5 * * * *"),
    `"*/5 * * * *"`,
  ),
  sleepAfter: plain(
    "Idle time before the bot sleeps, such as `30m` or `4h`, or `never`. A bot with a chat platform never sleeps.",
    duration.prefault("4h"),
    "4h",
  ),
  maxConcurrentRuns: plain(
    "Runs that Hermes serves at once; as many again wait, more are refused (429).",
    count(1000).default(32),
    "32",
  ),
  deleteSnapshots: plain(
    "Whether destroying the stack deletes its bucket too, once it is empty.",
    flag.default(false),
    "false",
  ),
  allowReplacement: plain(
    "Whether a change of name or account may leave the bot's data behind.",
    flag.default(false),
    "false",
  ),
  secretOverlap: plain("How long a rotated secret's previous value stays valid.", duration.prefault("24h"), "24h"),
  model: withFields(
    "`default`: the model, as provider/model; `openai-codex/…` runs on a login of Hermes' own. `baseUrl`: endpoint of the provider `custom`. `contextLength`: tokens. `routes`: other models by a name that a request gives as `model`, `routes.fast.model`.",
    z
      .strictObject({
        default: text.optional(),
        baseUrl: url.optional(),
        contextLength: z
          .int({ error: "is not a whole number" })
          .min(64_000, "is below 64000, the least that Hermes runs with")
          .optional(),
        routes: modelRoutes,
      })
      .default({}),
    "<value>",
  ),
  estimate: withFields(estimateMeaning, estimateFields, "4"),
  aiGateway: withFields(aiGatewayMeaning, aiGatewayFields, "<value>"),
  spend: withFields(spendMeaning, spendFields, "5"),
  snapshots: withFields(snapshotsMeaning, snapshotsFields, "<value>"),
  ...imageKeys,
  agent: withFields(agentMeaning, agentFields, "<value>"),
  exec: withFields(execMeaning, execFields, "<value>"),
  alarms: withFields(alarmsMeaning, alarmsFields, "<value>"),
  operatorBot: withFields(operatorBotMeaning, operatorBotFields, "<member id>"),
  ...platformKeys,
  chatApis: withFields(
    "Where the chat platforms' own APIs are, `slack`, `telegram` and `discord`: what is asked before a deploy, and what the operator's bot answers by.",
    z
      .strictObject({
        slack: apiUrl.default("https://slack.com/api"),
        telegram: apiUrl.default("https://api.telegram.org"),
        discord: apiUrl.default("https://discord.com/api/v10"),
      })
      .prefault({}),
    "<url>",
  ),
  ...hermesKeys,
  secretVersions: withFields(
    "Raise one to rotate it: `adminToken`, `clientToken`, `apiServerKey`, `sessionKey`, `r2Token` (the recovery key), `serviceToken` (of `access`).",
    z
      .strictObject({
        adminToken: version.default(1),
        clientToken: version.default(1),
        apiServerKey: version.default(1),
        sessionKey: version.default(1),
        r2Token: version.default(1),
        serviceToken: version.default(1),
      } satisfies Record<keyof typeof generatedSecrets | "r2Token" | "serviceToken", unknown>)
      .prefault({}),
    "2",
  ),
} as const satisfies Record<string, PlainKey>;
/** Name of a key with a plain value. */
export type PlainKeyName = keyof typeof plainKeys;

/** Config keys of the provider keys. */
export const providerKeys = Object.values(providers).map(({ configKey }) => configKey);

/** Keys whose values are secrets: config key → the Worker's binding (none for the token that deploys). */
export const secretBindings: Readonly<Record<string, string | undefined>> = {
  cloudflareApiToken: undefined,
  ...configSecrets,
  // Not one binding, but as many as it takes: `hermes/secretEnvironment.ts`.
  secretEnvironment: undefined,
  ...Object.fromEntries(Object.values(providers).map(({ configKey, secret }) => [configKey, secret])),
  ...Object.fromEntries(Object.entries(chatSecrets).map(([key, { secret }]) => [key, secret])),
};
