/**
 * The configuration keys of a stack: one table for plain values, one for secrets.
 * Messages complete the sentence "talaria:<key> <value> …".
 */
import { z } from "zod";
import { chatSecrets, configSecrets, type generatedSecrets, providers } from "../../worker/bindings.ts";
import { accessFields, accessMeaning } from "./access.ts";
import { alarmsFields, alarmsMeaning } from "./alarms.ts";
import type { ChatValues } from "./chat/platform.ts";
import { type PlatformName, platformMeaning, platformNames, platformSchema } from "./chat/platforms.ts";
import { isCron } from "./cron.ts";
import { parseDuration } from "./duration.ts";
import { execFields, execMeaning } from "./exec.ts";
import { hostPatterns, network } from "./network.ts";
import { operatorBotFields, operatorBotMeaning } from "./operatorBot.ts";
import { debianPackages, pythonPackages } from "./packages.ts";
import { choice, count, text } from "./values.ts";

/** Instance types of Cloudflare Containers. */
export const instanceTypes = ["lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4"] as const;
/** One of {@link instanceTypes}. */
export type InstanceType = (typeof instanceTypes)[number];

const hostname = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const hostnameText = text.regex(hostname, "is not a hostname in lower case, such as bot.example.com");
const hexId = /^[0-9a-f]{32}$/;

const flag = z.enum(["true", "false"], { error: "is neither true nor false" }).transform((value) => value === "true");
const duration = text.transform((value, context) => {
  const seconds = parseDuration(value);
  if (seconds !== undefined) return seconds;
  context.addIssue(`is not a duration such as 30m, 4h or 2d, nor "never"`);
  return z.NEVER;
});
const url = text.refine((value) => isSafeUrl(value), "is not an https:// URL (http:// is taken for loopback only)");
const apiUrl = url.refine((value) => !value.endsWith("/"), "ends with a slash, which the paths of the API begin with");
const image = text.regex(/^[a-z0-9.:-]+\/\S+[:@]\S+$/, "is not an image reference with a tag or digest");
const instanceType = choice(instanceTypes);
const version = count(1_000_000);
/** Percentages of a rolling step that the platform takes. */
const steps = [5, 10, 20, 25, 50, 100];

/** How a plain key is read. */
export interface PlainKey<T = unknown> {
  /** What it means; the README's table and `Pulumi.yaml` say the same. */
  readonly meaning: string;
  readonly schema: z.ZodType<T>;
  /** The value is JSON (a key with fields), set with `pulumi config set --path`. */
  readonly fields: boolean;
  /** What to type after the key, or after one of its fields. */
  readonly example: string;
  /** Where a person finds the value. */
  readonly hint?: string;
}

const plain = <T>(meaning: string, schema: z.ZodType<T>, example: string, hint?: string): PlainKey<T> => ({
  meaning,
  schema,
  fields: false,
  example,
  ...(hint === undefined ? {} : { hint }),
});
const withFields = <T>(meaning: string, schema: z.ZodType<T>, example: string): PlainKey<T> => ({
  meaning,
  schema,
  fields: true,
  example,
});

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
    hostnameText.optional(),
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
    z.strictObject({ hostname: hostnameText.optional() }).default({}),
    "<host>",
  ),
  corsOrigins: withFields(
    "Origins whose pages may ask `/v1` from a browser, such as `https://chat.example.com`.",
    z
      .array(text.refine(isOrigin, "is not an origin: https://, a host, a port if need be, no path"), {
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
    "`default`: the model, as provider/model. `baseUrl`: endpoint of the provider `custom`. `contextLength`: tokens.",
    z
      .strictObject({
        default: text.optional(),
        baseUrl: url.optional(),
        contextLength: z
          .int({ error: "is not a whole number" })
          .min(64_000, "is below 64000, the least that Hermes runs with")
          .optional(),
      })
      .default({}),
    "<value>",
  ),
  snapshots: withFields(
    "`bucket`: an existing bucket to adopt. `location`: apac, eeur, enam, weur, wnam or oc. `jurisdiction`: eu or fedramp. `intervalMinutes`: how often a changed memory is saved. `keep`: how many snapshots stay, `last`, `hourly`, `daily`, `weekly`, `monthly`. `drillDays`: days between two trial restores. `careIndexFiles`: index files from which on the repository is tidied before its day.",
    z
      .strictObject({
        bucket: text
          .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "is not a bucket name (3 to 63 of a-z, 0-9, -)")
          .optional(),
        location: choice(["apac", "eeur", "enam", "weur", "wnam", "oc"]).optional(),
        jurisdiction: choice(["default", "eu", "fedramp"]).default("default"),
        intervalMinutes: count(1440).default(5),
        keep: z
          .strictObject({
            last: count(1000).default(20),
            hourly: count(1000).default(24),
            daily: count(1000).default(14),
            weekly: count(1000).default(8),
            monthly: count(1000).default(12),
          })
          .prefault({}),
        drillDays: count(365).default(7),
        careIndexFiles: count(10_000).default(300),
      })
      .prefault({}),
    "<value>",
  ),
  images: withFields(
    "Prebuilt images by digest, `hermes`, `exec`, `care`: what is named here is not built.",
    z.strictObject({ hermes: image.optional(), exec: image.optional(), care: image.optional() }).default({}),
    "<reference>",
  ),
  imageRegistry: plain(
    "Where the stack's own images are pushed. A loopback Cloudflare has a registry of its own.",
    text.regex(/^[a-z0-9.-]+(?::\d+)?$/, "is not the host of a registry").default("registry.cloudflare.com"),
    "registry.cloudflare.com",
  ),
  keepImages: plain(
    "Images of each kind that stay in the registry, the newest first. Those that run, and those before them, always stay.",
    count(1000).default(5),
    "5",
  ),
  extraPackages: withFields("Debian packages for the agent's commands (image `exec`).", debianPackages, "<package>"),
  extraPythonPackages: withFields(
    "Python packages for the agent's commands (image `exec`).",
    pythonPackages,
    "<package>",
  ),
  agent: withFields(
    "Hermes itself. `extraPackages`, `extraPythonPackages`: packages from Debian and PyPI (image `hermes`). `network`: what it reaches, `none`, `allowlist` or `internet`. `hosts`: the list, such as `api.example.com` or `*.example.com`; Talaria's own services are always on it.",
    z
      .strictObject({
        extraPackages: debianPackages,
        extraPythonPackages: pythonPackages,
        network,
        hosts: hostPatterns,
      })
      .prefault({}),
    "<value>",
  ),
  codexCli: plain("Whether the image `hermes` holds OpenAI's Codex CLI.", flag.default(false), "true"),
  buildArgs: withFields(
    "Build arguments of both images beside those that the stack sets, such as `BASE_IMAGE` or `HERMES_VERSION`.",
    z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not the name of a build argument"), text).default({}),
    "<value>",
  ),
  rollout: withFields(
    "How a new image replaces running containers. `step`: percent at a time, 100 = all at once. `gracePeriod`: containers younger than this many seconds wait.",
    z
      .strictObject({
        step: z
          .int({ error: "is not a whole number" })
          .refine((value) => steps.includes(value), `is not one of ${steps.join(", ")}`)
          .default(100),
        gracePeriod: z.int({ error: "is not a whole number of seconds" }).min(0).max(3600).default(0),
      })
      .prefault({}),
    "<value>",
  ),
  sizes: withFields(
    "Instance types: `hermes`, `exec`, `care`.",
    z
      .strictObject({
        hermes: instanceType.default("standard-1"),
        exec: instanceType.default("basic"),
        care: instanceType.default("standard-1"),
      })
      .prefault({}),
    "standard-1",
  ),
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
  settings: withFields(
    "Leaves of Hermes' config.yaml that the stack declares; they win over what the bot or its user set.",
    z.record(z.string(), z.unknown()).default({}),
    "<value>",
  ),
  settingsFiles: withFields(
    "Files below `settings`, YAML as Hermes' config.yaml: mappings are merged, lists replaced, a later file wins, `settings` over all of them. Paths from the repository's top.",
    z.array(text, { error: "is not a list" }).default([]),
    "settings/base.yaml",
  ),
  configFile: plain(
    "An existing config.yaml in place of `settings`. What Talaria itself needs wins over it; keys that it does not name stay the user's.",
    text.optional(),
    "config.yaml",
  ),
  secretEnvironmentFiles: withFields(
    "`.env` files whose variables are secrets of Hermes' gateway, read at each deploy. A later one wins, `secretEnvironment` over all of them. Paths from the repository's top; keep the files out of git.",
    z.array(text, { error: "is not a list" }).default([]),
    ".env.prod",
  ),
  environment: withFields(
    "Plain environment variables of Hermes' gateway.",
    z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "is not the name of an environment variable"), text).default({}),
    "<value>",
  ),
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

/** An address as a browser sends it in `Origin`. */
function isOrigin(value: string): boolean {
  return isSafeUrl(value) && new URL(value).origin === value;
}

function isSafeUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname: host } = new URL(value);
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(host));
}
