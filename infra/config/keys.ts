/**
 * The configuration keys of a stack: one table for plain values, one for secrets.
 * Messages complete the sentence "talaria:<key> <value> …".
 */
import { z } from "zod";
import { chatSecrets, configSecrets, type generatedSecrets, providers } from "../../worker/bindings.ts";
import { isCron } from "./cron.ts";
import { parseDuration } from "./duration.ts";

/** Instance types of Cloudflare Containers. */
export const instanceTypes = ["lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4"] as const;
/** One of {@link instanceTypes}. */
export type InstanceType = (typeof instanceTypes)[number];

const hostname = /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
const hexId = /^[0-9a-f]{32}$/;

const text = z.string({ error: "is not text" });
const count = (most: number) => {
  const message = `is not a whole number from 1 to ${most}`;
  return z.union([z.string(), z.number()], { error: message }).transform((value, context) => {
    const number = Number(value);
    if (Number.isInteger(number) && number >= 1 && number <= most) return number;
    context.addIssue(message);
    return z.NEVER;
  });
};
const flag = z.enum(["true", "false"], { error: "is neither true nor false" }).transform((value) => value === "true");
const duration = text.transform((value, context) => {
  const seconds = parseDuration(value);
  if (seconds !== undefined) return seconds;
  context.addIssue(`is not a duration such as 30m, 4h or 2d, nor "never"`);
  return z.NEVER;
});
const choice = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `is not one of ${values.join(", ")}` });
const url = text.refine((value) => isSafeUrl(value), "is not an https:// URL (http:// is taken for loopback only)");
const image = text.regex(/^[a-z0-9.:-]+\/\S+[:@]\S+$/, "is not an image reference with a tag or digest");
const instanceType = choice(instanceTypes);
const version = count(1_000_000);

/** How a plain key is read. */
export interface PlainKey<T = unknown> {
  readonly schema: z.ZodType<T>;
  /** The value is JSON (a key with fields), set with `pulumi config set --path`. */
  readonly fields: boolean;
  /** What to type after the key, or after one of its fields. */
  readonly example: string;
  /** Where a person finds the value. */
  readonly hint?: string;
}

const plain = <T>(schema: z.ZodType<T>, example: string, hint?: string): PlainKey<T> => ({
  schema,
  fields: false,
  example,
  ...(hint === undefined ? {} : { hint }),
});
const withFields = <T>(schema: z.ZodType<T>, example: string): PlainKey<T> => ({ schema, fields: true, example });

/** Keys with plain values. */
export const plainKeys = {
  accountId: plain(
    text.regex(hexId, "is not an account id (32 hex digits)"),
    "<id>",
    "Find it with `npx wrangler whoami` or in the dashboard's URL, then",
  ),
  apiBaseUrl: plain(url.default("https://api.cloudflare.com/client/v4"), "https://api.cloudflare.com/client/v4"),
  engine: plain(choice(["cloudflare", "docker", "process"]).default("cloudflare"), "cloudflare"),
  hostname: plain(
    text.regex(hostname, "is not a hostname in lower case, such as bot.example.com").optional(),
    "<host>",
  ),
  zoneId: plain(text.regex(hexId, "is not a zone id (32 hex digits)").optional(), "<id>"),
  cron: plain(text.refine(isCron, "is not a cron expression of five fields").default("*/5 * * * *"), `"*/5 * * * *"`),
  sleepAfter: plain(duration.prefault("4h"), "4h"),
  maxConcurrentRuns: plain(count(1000).default(32), "32"),
  deleteSnapshots: plain(flag.default(false), "false"),
  allowReplacement: plain(flag.default(false), "false"),
  secretOverlap: plain(duration.prefault("24h"), "24h"),
  model: withFields(
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
    z
      .strictObject({
        bucket: text
          .regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "is not a bucket name (3 to 63 of a-z, 0-9, -)")
          .optional(),
        location: choice(["apac", "eeur", "enam", "weur", "wnam", "oc"]).optional(),
        jurisdiction: choice(["default", "eu", "fedramp"]).default("default"),
      })
      .prefault({}),
    "<value>",
  ),
  images: withFields(
    z.strictObject({ hermes: image.optional(), exec: image.optional(), care: image.optional() }).default({}),
    "<reference>",
  ),
  sizes: withFields(
    z
      .strictObject({
        hermes: instanceType.default("standard-1"),
        exec: instanceType.default("basic"),
        care: instanceType.default("standard-1"),
      })
      .prefault({}),
    "standard-1",
  ),
  exec: withFields(
    z.strictObject({ parallel: count(100).default(4), spare: z.int().min(0).max(100).default(1) }).prefault({}),
    "4",
  ),
  settings: withFields(z.record(z.string(), z.unknown()).default({}), "<value>"),
  environment: withFields(
    z.record(z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "is not the name of an environment variable"), text).default({}),
    "<value>",
  ),
  secretVersions: withFields(
    z
      .strictObject({
        adminToken: version.default(1),
        clientToken: version.default(1),
        apiServerKey: version.default(1),
        sessionKey: version.default(1),
      } satisfies Record<keyof typeof generatedSecrets, unknown>)
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
  ...Object.fromEntries(Object.values(providers).map(({ configKey, secret }) => [configKey, secret])),
  ...Object.fromEntries(Object.entries(chatSecrets).map(([key, { secret }]) => [key, secret])),
};

function isSafeUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname: host } = new URL(value);
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(host));
}
