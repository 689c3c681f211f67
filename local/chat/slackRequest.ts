/** A request to the Slack on loopback and an answer, as they go over the wire. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { SlackAnswer } from "./slackMethods.ts";

/** Largest body that is read, in bytes. */
const largestBody = 1_000_000;

/** What a call asks for. */
export interface Asked {
  readonly token: string | undefined;
  readonly args: Readonly<Record<string, unknown>>;
  readonly problem: string | undefined;
  readonly warning: string | undefined;
}

/** A call's arguments: JSON with the token in a header, or a form, or a query. */
export function argumentsOf(request: IncomingMessage, query: URLSearchParams, body: string): Asked {
  const type = request.headers["content-type"] ?? "";
  const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
  const isJson = type.startsWith("application/json");
  const json = isJson && body !== "" ? jsonOf(body) : {};
  const form = Object.fromEntries([...query, ...(isJson ? [] : new URLSearchParams(body))]);
  const object = z.record(z.string(), z.unknown()).safeParse(json);
  const { token: inForm, ...rest } = form;
  const isPost = request.method === "POST";
  const known =
    !isPost || body === "" || /^(application\/(json|x-www-form-urlencoded)|multipart\/form-data)/.test(type);
  return {
    token: bearer ?? inForm,
    args: isJson ? (object.data ?? {}) : rest,
    problem: !known ? "invalid_post_type" : isJson && !object.success ? "invalid_json" : undefined,
    warning: isJson && !type.includes("charset") ? "missing_charset" : undefined,
  };
}

/** The whole body. @throws Error for one that is too large, or cut */
export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    length += bytes.length;
    if (length > largestBody) throw new Error("The body is too large.");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The value of JSON text; undefined for anything else. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // whoever asked for it refuses what is no object
  }
}

/** Answers with JSON. */
export function send(
  response: ServerResponse,
  status: number,
  answer: SlackAnswer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, "content-type": "application/json; charset=utf-8" });
  response.end(JSON.stringify(answer));
}
