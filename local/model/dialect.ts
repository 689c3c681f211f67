/** An API that the canned model speaks: how a request is read, and how an answer or a failure is written. */
import type { IncomingHttpHeaders } from "node:http";
import type { Conversation, Reply } from "./conversation.ts";

/** Why a request gets no answer. */
export type Failure =
  | { readonly kind: "badRequest"; readonly message: string }
  | { readonly kind: "refusedKey" | "noCredit" | "rateLimited" | "broken" }
  | { readonly kind: "unknownModel"; readonly model: string };

/** A failure on the wire. */
export interface Refusal {
  readonly status: number;
  readonly body: unknown;
}

/** One API. */
export interface Dialect {
  /** Name in the ledger. */
  readonly name: string;
  /** End of the paths that it answers, e.g. `/chat/completions`. */
  readonly path: string;
  /** The key that the request carries. */
  readonly keyOf: (headers: IncomingHttpHeaders) => string | undefined;
  /** Reads a request; a string says what is wrong with it. */
  readonly read: (body: unknown, headers: IncomingHttpHeaders) => Conversation | string;
  /** The answer in one piece. */
  readonly whole: (reply: Reply) => unknown;
  /** The answer as server-sent events, in order. */
  readonly stream: (reply: Reply) => string[];
  readonly refuse: (failure: Failure) => Refusal;
}

/** The key behind `Authorization: Bearer`. */
export function bearerKey(headers: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
}

/** One server-sent event. */
export function event(data: unknown, name?: string): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}
