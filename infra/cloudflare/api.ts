/**
 * The one HTTP client for Cloudflare's API: unwraps the envelope, explains errors, repeats only what is safe to repeat.
 * State keeps this code as text (design decision 12): plain functions, no class that extends Error, no import of a library.
 */

/** Where the API is and who asks. */
export interface Connection {
  readonly baseUrl: string;
  readonly token: string;
}

/** An error of the API or of the way to it. */
export interface ApiError extends Error {
  /** HTTP status; 0 when nothing answered. */
  readonly status: number;
  /** Cloudflare's own codes. */
  readonly codes: readonly number[];
}

/** What may follow the path of a call. */
export interface CallOptions {
  readonly json?: unknown;
  readonly form?: FormData;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Waits before the second, third and fourth attempt of a GET, in milliseconds. */
const waits = [500, 1500, 4000];

/** What to do about a token that the API does not know. */
const newToken = "The API token is not valid. Set a new one: pulumi config set --secret talaria:cloudflareApiToken";

/** What to do about Cloudflare's codes that a person can mend. */
const advice: Readonly<Record<number, string>> = {
  6003: "The API token is malformed. Set it again: pulumi config set --secret talaria:cloudflareApiToken",
  9109: "The API token may not do this. Add the permissions that the README lists to it.",
  10000: "The API token may not do this. Add the permissions that the README lists to it.",
  10004: "A bucket of this name exists. Adopt it: pulumi config set --path talaria:snapshots.bucket <name>",
  10008: "The bucket is not empty. Empty it first, or keep it: pulumi config set talaria:deleteSnapshots false",
  10021: "Cloudflare could not start the Worker. The message above is the Worker's own.",
  10042: "Enable R2 in Cloudflare's dashboard (R2 > Overview), then run the command again.",
  10061: "The upload lacks a Durable Object class that the Worker had. Its data would be lost; bring the class back.",
};

/**
 * Calls the API and returns `result`.
 * A GET is tried four times when the way or the server fails; nothing else is ever repeated.
 * @throws ApiError
 */
export async function call(
  connection: Connection,
  method: string,
  path: string,
  options: CallOptions = {},
): Promise<unknown> {
  const attempts = method === "GET" ? waits.length + 1 : 1;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(connection, method, path, options);
    } catch (error) {
      const { status } = error as ApiError;
      const passing = status === 0 || status === 429 || status >= 500;
      if (!passing || attempt >= attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, waits[attempt - 1]));
    }
  }
}

/** Whether an error says that the thing does not exist. */
export function isGone(error: unknown): boolean {
  const { status, codes } = error as Partial<ApiError>;
  return status === 404 || (codes ?? []).some((code) => code === 10007 || code === 10006 || code === 10090);
}

/** `undefined` instead of an error that says "does not exist"; every other error stays one. */
export async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

async function once(
  { baseUrl, token }: Connection,
  method: string,
  path: string,
  options: CallOptions,
): Promise<unknown> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...options.headers };
  if (options.json !== undefined) headers["content-type"] = "application/json";
  const body = options.json === undefined ? options.form : JSON.stringify(options.json);
  const what = `${method} ${path}`;
  let response: Response;
  try {
    response = await fetch(baseUrl + path, { method, headers, ...(body === undefined ? {} : { body }) });
  } catch (error) {
    const cause = (error as { cause?: { code?: string } }).cause?.code ?? String(error);
    throw apiError(`${what}: ${baseUrl} does not answer (${cause}). Check talaria:apiBaseUrl and the network.`, 0, []);
  }
  const text = await response.text();
  const envelope = readEnvelope(text);
  if (response.ok && envelope?.success !== false) return envelope?.result;
  const errors = envelope?.errors ?? [];
  const said = errors.map(({ code, message }) => `${message} (${code})`).join("; ") || text.slice(0, 200);
  const known = errors.map(({ code }) => advice[code]).find((line) => line !== undefined);
  const next = response.status === 401 ? newToken : known;
  const message = `${what}: ${response.status} ${said}${next === undefined ? "" : `\n${next}`}`;
  throw apiError(
    message,
    response.status,
    errors.map(({ code }) => code),
  );
}

interface Envelope {
  readonly success?: boolean;
  readonly result?: unknown;
  readonly errors?: readonly { readonly code: number; readonly message: string }[] | null;
}

function readEnvelope(text: string): Envelope | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined; // the caller shows the text itself
  }
}

function apiError(message: string, status: number, codes: readonly number[]): ApiError {
  return Object.assign(new Error(message), { status, codes });
}
