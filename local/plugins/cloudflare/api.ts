/** Requests to Cloudflare's API as the real plugin sends them, with its retries and its error text. */
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { isObject, type Json, type Properties } from "../server/properties.ts";
import type { Access } from "./config.ts";

const userAgent =
  "terraform-provider-cloudflare/pulumi terraform-plugin-framework/1.19.0 terraform/pulumi-terraform-bridge";

/** The first attempt and ten more, as measured. */
const attempts = 11;

/** Waits of half a second, doubled up to 37 s: about three minutes in all, as measured. */
const firstWait = 500;
const longestWait = 37_000;

const envelope = z.object({ result: z.json().optional() });

/** One request. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path and query below the base URL. */
  readonly path: string;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that is not a success, in the words that the real plugin shows. */
export class ApiError extends Error {
  readonly status: number;

  constructor(request: ApiRequest, url: string, response: Response, body: string) {
    super(
      `failed to make http request: ${request.method} "${url}": ${response.status} ${response.statusText} ${body.trim()}`,
    );
    this.name = "ApiError";
    this.status = response.status;
  }
}

/** Cloudflare's v4 API. */
export interface Api {
  /** Sends a request and returns `result` of its answer; an empty object where the answer has none. */
  send(request: ApiRequest, signal: AbortSignal): Promise<Properties>;
  /** The same for answers whose `result` is a list. */
  list(request: ApiRequest, signal: AbortSignal): Promise<Properties[]>;
}

/** The API behind an access. `TALARIA_PLUGIN_WAIT_SCALE` (0 to 1) shortens the waits between attempts, for tests. */
export function connectApi(access: Access, scale = Number(process.env.TALARIA_PLUGIN_WAIT_SCALE ?? 1)): Api {
  const resultOf = async (request: ApiRequest, signal: AbortSignal): Promise<Json> => {
    const url = access.baseUrl + request.path;
    const response = await persist(request, url, () => attempt(url, request, access, signal), scale, signal);
    const body = await response.text();
    if (!response.ok) throw new ApiError(request, url, response, body);
    if (request.method === "DELETE") return {};
    try {
      return envelope.parse(JSON.parse(body)).result ?? {};
    } catch (error) {
      throw new Error(`failed to deserialize http request: ${request.method} "${url}": ${String(error)}`);
    }
  };
  return {
    async send(request, signal) {
      const result = await resultOf(request, signal);
      return isObject(result) ? result : {};
    },
    async list(request, signal) {
      const result = await resultOf(request, signal);
      return Array.isArray(result) ? result.filter(isObject) : [];
    },
  };
}

function attempt(url: string, request: ApiRequest, access: Access, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { "user-agent": userAgent, ...access.headers, ...request.headers };
  if (request.body === undefined) return fetch(url, { method: request.method, headers, signal });
  headers["content-type"] = "application/json";
  return fetch(url, { method: request.method, headers, body: JSON.stringify(request.body), signal });
}

/** Tries again after a conflict, a rate limit, a server's fault or a lost connection; returns the last answer. */
async function persist(
  request: ApiRequest,
  url: string,
  send: () => Promise<Response>,
  scale: number,
  signal: AbortSignal,
): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const outcome = await send().catch((error: unknown) => error);
    signal.throwIfAborted();
    if (outcome instanceof Response && (!isPassing(outcome.status) || tried === attempts)) return outcome;
    if (tried === attempts)
      throw new Error(`failed to make http request: ${request.method} "${url}": ${causeOf(outcome)}`);
    if (outcome instanceof Response) await outcome.body?.cancel();
    await wait(Math.min(firstWait * 2 ** (tried - 1), longestWait) * scale, undefined, { signal });
  }
}

function isPassing(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
