/** Kinds of values that several keys share. Messages complete the sentence "talaria:<key> <value> …". */
import { z } from "zod";
import { parseDuration } from "./duration.ts";

/** Any text. */
export const text = z.string({ error: "is not text" });

/** A number that `fits`, also as text: `pulumi config set --path` writes 1.5 so. */
export const amount = (message: string, fits: (number: number) => boolean) =>
  z
    .union([z.string(), z.number()], { error: ({ input }) => (input === undefined ? "is missing" : message) })
    .transform((value, context) => {
      const number = typeof value === "string" && value.trim() === "" ? Number.NaN : Number(value);
      if (Number.isFinite(number) && fits(number)) return number;
      context.addIssue(message);
      return z.NEVER;
    });

/** A whole number from 1 to `most`. */
export const count = (most: number) =>
  amount(
    `is not a whole number from 1 to ${most}`,
    (number) => Number.isInteger(number) && number >= 1 && number <= most,
  );

/** A field that says by itself what to type where it is wrong. */
export const withExample = <T>(schema: z.ZodType<T>, example: string) =>
  z.unknown().transform((value, context): T => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const { message } of parsed.error.issues)
      context.addIssue({ code: "custom", message, input: value, params: { example } });
    return z.NEVER;
  });

/** One of a few words. */
export const choice = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `is not one of ${values.join(", ")}` });

/** A switch, as `pulumi config set` writes it. */
export const flag = z
  .enum(["true", "false"], { error: "is neither true nor false" })
  .transform((value) => value === "true");

/** A switch within a mapping, where the engine keeps it as true or false. */
export const onOff = z.boolean({ error: "is neither true nor false" });

/** A time zone by its IANA name. */
export const timeZone = text.refine(isTimeZone, "is not a time zone such as Europe/Berlin");

/** A time in words, as seconds; null for `never`. */
export const duration = text.transform((value, context) => {
  const seconds = parseDuration(value);
  if (seconds !== undefined) return seconds;
  context.addIssue(`is not a duration such as 30m, 4h or 2d, nor "never"`);
  return z.NEVER;
});

/** An id of Cloudflare. */
export const hexId = /^[0-9a-f]{32}$/;

/** A name in the DNS. */
export const hostname = text.regex(
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
  "is not a hostname in lower case, such as bot.example.com",
);

/** An address that nobody reads along. */
export const url = text.refine(
  (value) => isSafeUrl(value),
  "is not an https:// URL (http:// is taken for loopback only)",
);

/** An address that paths are put behind. */
export const apiUrl = url.refine(
  (value) => !value.endsWith("/"),
  "ends with a slash, which the paths of the API begin with",
);

/** An address as a browser sends it in `Origin`. */
export const origin = text.refine(
  (value) => isSafeUrl(value) && new URL(value).origin === value,
  "is not an origin: https://, a host, a port if need be, no path",
);

/** Whether it is https, or http on loopback. */
export function isSafeUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname: host } = new URL(value);
  return protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "localhost", "[::1]"].includes(host));
}

function isTimeZone(name: string): boolean {
  try {
    return (
      /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat("en-GB", { timeZone: name }).resolvedOptions().timeZone !== ""
    );
  } catch {
    return false; // it throws for a name that it does not know
  }
}
