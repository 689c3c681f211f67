/** Requests to the bot. Every failure comes out as a {@link CliError} with the next step. */
import type { z } from "zod";
import { errorSchema } from "./api.ts";
import { CliError } from "./problems.ts";
import { howToDeploy } from "./stackOutputs.ts";
import type { Target, TokenKind } from "./target.ts";

/** One request. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path and query. */
  readonly path: string;
  readonly token: TokenKind;
  readonly body?: unknown;
  /** Sent as they are, in place of a body. */
  readonly bytes?: Uint8Array;
  /** Sent as it comes, in place of a body. */
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Speaks to one bot. */
export class Client {
  readonly target: Target;

  constructor(target: Target) {
    this.target = target;
  }

  /** Sends a request to an operator route and reads its answer. `raw` is the answer as it came. */
  async api<T>(call: Omit<Call, "token">, schema: z.ZodType<T>): Promise<{ value: T; raw: unknown }> {
    const response = await this.send({ ...call, token: "admin" });
    return await this.parse(response, schema);
  }

  /** Sends a request; an answer that is no success is thrown. */
  async send(call: Call): Promise<Response> {
    const { access } = this.target;
    let response = await this.#fetch(call);
    let refusal = call.token === "admin" ? access.refusal(response) : undefined;
    // Access turned the request away before the bot: it may be sent again, if it can be.
    if (refusal?.code === "accessLogIn" && call.stream === undefined && (await access.takeLogIn())) {
      response = await this.#fetch(call);
      refusal = access.refusal(response);
    }
    if (refusal !== undefined) throw refusal;
    if (!response.ok) throw Object.assign(await this.#refusal(response, call.token), { status: response.status });
    return response;
  }

  async #fetch(call: Call): Promise<Response> {
    const { url } = this.target;
    const headers = {
      ...(await this.#credentials(call.token)),
      ...(call.body === undefined ? {} : { "content-type": "application/json" }),
      ...call.headers,
    };
    const bytes = call.bytes && new Uint8Array(call.bytes);
    const body = call.body === undefined ? (bytes ?? call.stream ?? null) : JSON.stringify(call.body);
    const signal = call.signal ?? null;
    return await fetch(url + call.path, {
      method: call.method,
      headers,
      body,
      signal,
      redirect: "manual",
      ...(call.stream && { duplex: "half" }),
    }).catch((error: unknown) => {
      const detail = reasonOf(error);
      if (isOfCertificate(error)) throw new CliError("certificatePending", { host: new URL(url).host, detail });
      throw new CliError("unreachable", { url, detail, start: this.#howToStart() });
    });
  }

  /** An operator without the admin token is one by what Access says of him. */
  async #credentials(kind: TokenKind): Promise<Readonly<Record<string, string>>> {
    const { target } = this;
    if (kind === "client") return { authorization: `Bearer ${target.token(kind)}` };
    const { access } = target;
    if (!target.has(kind) && (access.headers !== undefined || (await access.takeLogIn()))) return { ...access.headers };
    return { ...access.headers, authorization: `Bearer ${target.token(kind)}` };
  }

  /** Reads a JSON answer. */
  async parse<T>(response: Response, schema: z.ZodType<T>): Promise<{ value: T; raw: unknown }> {
    const text = await response.text().catch((error: unknown) => {
      throw new CliError("cutOff", { detail: reasonOf(error) });
    });
    const raw = parseJson(text);
    const parsed = schema.safeParse(raw);
    if (parsed.success) return { value: parsed.data, raw };
    const issue = parsed.error.issues[0];
    const detail = raw === undefined ? excerpt(text) : `${issue?.path.join(".") || "answer"}: ${issue?.message}`;
    throw new CliError("unexpected", { url: this.target.url, status: response.status, detail });
  }

  async #refusal(response: Response, kind: TokenKind): Promise<CliError> {
    const { status } = response;
    const { url, stack } = this.target;
    const text = await response.text().catch(() => ""); // the status alone says enough
    const parsed = errorSchema.safeParse(parseJson(text));
    if (!parsed.success && status === 413) return new CliError("tooLargeForCloudflare", { url });
    if (!parsed.success) return new CliError("unexpected", { url, status, detail: excerpt(text) });
    const { code, type, message, next } = parsed.data.error;
    const botCode = String(code ?? type ?? `http${status}`);
    const print =
      stack === undefined
        ? `Print the right one: npm run pulumi -- stack output ${kind}Token --show-secrets --stack NAME`
        : `Let the bot take the stack's tokens: npm run pulumi -- up --stack ${stack}`;
    if (status === 401) return new CliError("tokenRefused", { url, kind, detail: message, print });
    if (status === 403) return new CliError("forbidden", { detail: message, print });
    const retryAfter = response.headers.get("retry-after");
    const retry = retryAfter === null ? "See why: ./talaria status" : `Try again in ${retryAfter} seconds.`;
    return new CliError("refused", { detail: message, advice: next ?? retry }, botCode);
  }

  #howToStart(): string {
    const { stack } = this.target;
    if (stack !== undefined) return `Is the stack up? ${howToDeploy(stack)}`;
    return "Is the stack up? Check TALARIA_URL; a local one starts with `npm run local`.";
  }
}

/** Why a request failed, without the wrapping that fetch puts around it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return "no answer in time";
  const cause = error.cause;
  if (!(cause instanceof Error)) return error.message;
  const code = "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
  return cause.message || code || error.message;
}

/** Whether the other side has no certificate for the name; a new hostname has none for its first minutes. */
function isOfCertificate(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return false;
  const code = "code" in cause ? String(cause.code) : "";
  return code === "ERR_TLS_CERT_ALTNAME_INVALID" || /handshake.failure/i.test(`${code} ${cause.message}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not JSON: the schema says so
  }
}

function excerpt(text: string): string {
  return text.trim().replace(/\s+/g, " ").slice(0, 120) || "empty answer";
}
