/** The provider's own configuration: where the API is, and by what right. */
import type { Properties } from "../server/properties.ts";

/** Where requests go and what they carry. */
export interface Access {
  /** The API's base URL, without a slash at its end. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Shape {
  readonly property: "apiToken" | "apiKey";
  readonly attribute: string;
  readonly pattern: RegExp;
  readonly says: string;
}

/** What the real provider checks before anything is sent. */
const shapes: readonly Shape[] = [
  {
    property: "apiToken",
    attribute: "api_token",
    pattern: /^[0-9A-Za-z\-_]{40,80}$/,
    says: "API tokens must only contain characters a-z, A-Z, 0-9, hyphens and underscores",
  },
  {
    property: "apiKey",
    attribute: "api_key",
    pattern: /^[0-9A-Za-z\-_]{37,60}$/,
    says: "API key must only contain characters a-z, A-Z, 0-9, hyphens and underscores",
  },
];

/** Problems of the configuration, in the real provider's words. `name` is the provider resource's. */
export function checkConfig(name: string, config: Properties): string[] {
  const reasons = shapes.flatMap(({ property, attribute, pattern, says }) => {
    const value = config[property];
    if (typeof value !== "string" || value === "" || pattern.test(value)) return [];
    return [
      `could not validate provider configuration: Invalid Attribute Value. Attribute ${attribute} ${says}. Examine values at '${name}.${property}'.`,
    ];
  });
  const url = baseUrlOf(config);
  if (!isLoopback(url)) reasons.push(notLoopback(url));
  return reasons;
}

/** The access that a configuration (or, as with the real plugin, the environment) gives. */
export function accessOf(config: Properties): Access {
  const baseUrl = baseUrlOf(config);
  if (!isLoopback(baseUrl)) throw new Error(notLoopback(baseUrl));
  const token = text(config.apiToken) ?? process.env.CLOUDFLARE_API_TOKEN;
  const key = text(config.apiKey) ?? process.env.CLOUDFLARE_API_KEY;
  const email = text(config.email) ?? process.env.CLOUDFLARE_EMAIL;
  if (token) return { baseUrl, headers: { authorization: `Bearer ${token}` } };
  if (key && email) return { baseUrl, headers: { "x-auth-key": key, "x-auth-email": email } };
  return { baseUrl, headers: {} };
}

function baseUrlOf(config: Properties): string {
  const url = text(config.baseUrl) ?? process.env.CLOUDFLARE_BASE_URL ?? "https://api.cloudflare.com/client/v4";
  return url.replace(/\/+$/, "");
}

/** A stand-in knows what was recorded and no more: a real account is not the place to find out the rest. */
function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return true; // unknown until another resource is there
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

function notLoopback(url: string): string {
  return (
    `this is the stand-in for pulumi-resource-cloudflare (local/plugins), and it speaks to a loopback API only, not to ${url}. ` +
    "Take local/plugins/bin off PATH and run `pulumi plugin install resource cloudflare 6.22.1`."
  );
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
