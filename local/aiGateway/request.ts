/** One request to a gateway, read: which gateway and provider, and what its `cf-aig-…` headers say. */
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";

/** The providers that are passed on to here; the real one knows more. */
const providerNames = ["anthropic", "openai", "openrouter"] as const;
export type Provider = (typeof providerNames)[number];

const place = /^\/v1\/([^/]+)\/([^/]+)\/([^/]+)(\/.*)$/;

export interface Place {
  readonly account: string;
  readonly gateway: string;
  readonly provider: string;
  /** What follows the provider, with its slash. */
  readonly rest: string;
}

/** The parts of `/v1/<account>/<gateway>/<provider>/…`; undefined for any other path. */
export function placeOf(path: string): Place | undefined {
  const [, account, gateway, provider, rest] = place.exec(path) ?? [];
  if (account === undefined || gateway === undefined || provider === undefined || rest === undefined) return undefined;
  return { account, gateway, provider, rest };
}

export function isProvider(name: string): name is Provider {
  return (providerNames as readonly string[]).includes(name);
}

/** What a request asks of the gateway itself. */
export interface Wishes {
  readonly token: string | undefined;
  readonly log: boolean | undefined;
  readonly skipCache: boolean;
  /** Seconds. */
  readonly cacheTtl: number | undefined;
  readonly metadata: Readonly<Record<string, string | number | boolean>> | null;
}

export function wishesOf(headers: IncomingHttpHeaders): Wishes {
  const text = (name: string) => headers[name]?.toString();
  const log = text("cf-aig-collect-log");
  const ttl = text("cf-aig-cache-ttl");
  return {
    token: /^Bearer +(\S+)$/i.exec(text("cf-aig-authorization") ?? "")?.[1],
    log: log === undefined ? undefined : log === "true",
    skipCache: text("cf-aig-skip-cache") === "true",
    cacheTtl: ttl === undefined ? undefined : Number(ttl),
    metadata: metadataOf(text("cf-aig-metadata")),
  };
}

/** The key of the provider that a request carries. */
export function providerKey(headers: IncomingHttpHeaders): string | undefined {
  const native = headers["x-api-key"]?.toString();
  return native ?? /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

const metadataSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const mostMetadata = 5;

function metadataOf(text: string | undefined): Wishes["metadata"] {
  if (text === undefined) return null;
  try {
    const { data } = metadataSchema.safeParse(JSON.parse(text));
    return data === undefined ? null : Object.fromEntries(Object.entries(data).slice(0, mostMetadata));
  } catch {
    return null; // no JSON is no metadata, as at the real one
  }
}
