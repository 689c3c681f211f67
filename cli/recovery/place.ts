/** Where a bot's repository lies, from the stack's output `recovery` or from what a person knows of it. */
import { z } from "zod";

/** The bucket and the account around it. */
export interface RecoveryPlace {
  readonly accountId: string;
  readonly bucket: string;
  readonly jurisdiction: string;
  /** Cloudflare's API, where a new key is made. */
  readonly apiBaseUrl: string;
  /** Origin of the bucket's S3 API. */
  readonly endpoint: string;
}

/** A place as a person names it; it becomes part of lines for a shell. */
export const namedSchema = z.object({
  accountId: z.string().regex(/^[0-9a-f]{32}$/, "--account is 32 hex digits"),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/, "--bucket is 3 to 63 of a-z, 0-9 and hyphens"),
  jurisdiction: z.string().regex(/^[a-z-]+$/, "--jurisdiction is such as default, eu or fedramp"),
  apiBaseUrl: z.url({ protocol: /^https?$/, error: "--api-url is no address" }),
});

/** The key pair that the stack made: it reads this one bucket. */
export interface RecoveryKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The stack's output `recovery`. */
export const recoverySchema = z.looseObject({
  accountId: z.string(),
  bucket: z.string(),
  jurisdiction: z.string(),
  apiBaseUrl: z.string(),
  endpoint: z.string(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
});

/** Cloudflare's own API. */
export const cloudflareApi = "https://api.cloudflare.com/client/v4";

/** The place that account and bucket name: R2's S3 endpoint, or the loopback's own origin. */
export function placeOf(known: Omit<RecoveryPlace, "endpoint">): RecoveryPlace {
  const { accountId, jurisdiction, apiBaseUrl } = known;
  const { hostname, origin } = new URL(apiBaseUrl);
  const part = jurisdiction === "default" ? "" : `.${jurisdiction}`;
  const endpoint = hostname === "api.cloudflare.com" ? `https://${accountId}${part}.r2.cloudflarestorage.com` : origin;
  return { ...known, endpoint };
}
