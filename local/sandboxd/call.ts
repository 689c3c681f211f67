/** One request on its way through the server: body, session and answer. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { internalError } from "./fault.ts";

/** Parsed JSON object of a request. Its fields are of any type: the server takes what clients send. */
export type Body = Readonly<Record<string, unknown>>;

/** The session id that asks for a bash of its own per call. */
export const sessionless = "__DISABLE_SESSION__";

const largestBody = 128 * 1024 * 1024;

/** A request, with what the routes need of it. */
export class Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Path as sent: ids in it are not decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** What stands at `*` in the route's path. */
  param = "";

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request;
    this.response = response;
    const [path = "/", query = ""] = (request.url ?? "/").split("?", 2);
    this.path = path;
    this.query = new URLSearchParams(query);
  }

  /** Whether `content-length` alone forbids the body. The body of such a request is never read. */
  get tooLarge(): boolean {
    return Number(this.request.headers["content-length"] ?? 0) > largestBody;
  }

  /** The JSON body. Arrays and plain values have no fields; `null` and bad JSON are 500, as the real server has it. */
  async body(): Promise<Body> {
    const value = parse(await this.text());
    if (value === null) throw internalError("null is not an object");
    return isRecord(value) ? value : {};
  }

  private async text(): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of this.request) chunks.push(chunk);
    return Buffer.concat(chunks).toString("utf8");
  }

  /** Session that the call names: body, bearer token, header, query. None means the session `default`. */
  sessionId(body: Body): string | undefined {
    if (typeof body.sessionId === "string" && body.sessionId !== "") return body.sessionId;
    const bearer = /^Bearer (.+)$/.exec(this.request.headers.authorization ?? "");
    const header = this.request.headers["x-session-id"];
    return bearer?.[1] || String(header ?? "") || this.query.get("sessionId") || this.query.get("session") || undefined;
  }
}

/** Whether a parsed value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const reason = text === "" ? "Unexpected end of JSON input" : "Failed to parse JSON";
    throw internalError(`Failed to parse request body: ${reason}`);
  }
}
