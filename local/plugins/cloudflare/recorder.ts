/** A loopback API that remembers what it was asked and answers as the recorded one did; for the tests of this folder. */

import { readFileSync } from "node:fs";
import http from "node:http";
import { z } from "zod";
import { closed, listening } from "../../listening.ts";
import { isObject, type Json } from "../server/properties.ts";

const exchangeSchema = z.object({
  phase: z.enum(["create", "refresh", "update", "destroy"]),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  path: z.string(),
  body: z.json().optional(),
  answer: z.object({ status: z.number(), result: z.json() }),
});

/** One recorded exchange. */
export type Exchange = z.infer<typeof exchangeSchema>;

/** A request as the recorder saw it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: Json;
  readonly headers: http.IncomingHttpHeaders;
}

/** What the recorder answers. */
export interface Answer {
  readonly status: number;
  readonly body: { readonly success: boolean; readonly errors: Json; readonly messages: Json; readonly result: Json };
}

/** What the recorder answers instead of a recorded exchange. */
export type Override = (asked: Asked) => Answer | undefined;

/** A recorder that listens. */
export interface Recorder {
  readonly baseUrl: string;
  /** Requests since the last `forget`. */
  readonly asked: readonly Asked[];
  forget(): void;
  /** Answers writes from the exchanges of this phase. Reads are answered with what was last written. */
  during(phase: Exchange["phase"]): void;
  /** What a path holds, for a test that changes it by hand; undefined deletes it. */
  held(path: string): Json | undefined;
  hold(path: string, result: Json | undefined): void;
  override(answer: Override | undefined): void;
  close(): Promise<void>;
}

/** The exchanges of the real plugin, with real ids for ACCOUNT and ZONE. */
export function recordedExchanges(accountId = "a".repeat(32), zoneId = "b".repeat(32)): Exchange[] {
  const text = readFileSync(new URL("vectors.wire.json", import.meta.url), "utf8")
    .replaceAll(/ACCOUNT(?=[/_])/g, accountId)
    .replaceAll(/\bZONE\b/g, zoneId);
  return z.object({ exchanges: z.array(exchangeSchema) }).parse(JSON.parse(text)).exchanges;
}

/** Starts a recorder on a free port. */
export async function startRecorder(exchanges = recordedExchanges()): Promise<Recorder> {
  let asked: Asked[] = [];
  let phase: Exchange["phase"] = "create";
  let override: Override | undefined;
  const things = new Map<string, Json>();
  const base = "/client/v4";

  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    const path = (request.url ?? "").slice(base.length);
    const seen: Asked = {
      method: request.method ?? "",
      path,
      headers: request.headers,
      ...(text === "" ? {} : { body: JSON.parse(text) as Json }),
    };
    asked.push(seen);
    const answer = override?.(seen) ?? fromThings(things, seen) ?? recorded(exchanges, phase, seen);
    if (answer.status === 200) remember(things, seen, answer.body.result);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
  const port = await listening(server);
  return {
    baseUrl: `http://127.0.0.1:${port}${base}`,
    get asked() {
      return asked;
    },
    forget: () => {
      asked = [];
    },
    during: (next) => {
      phase = next;
    },
    held: (path) => things.get(path),
    hold: (path, result) => void (result === undefined ? things.delete(path) : things.set(path, result)),
    override: (answer) => {
      override = answer;
    },
    close: () => closed(server),
  };
}

function fromThings(things: ReadonlyMap<string, Json>, asked: Asked): Answer | undefined {
  if (asked.method !== "GET") return undefined;
  const thing = things.get(asked.path);
  return thing === undefined ? { status: 404, body: failure(10006, "not found") } : success(thing);
}

/** Keeps a written thing at the path where it is read, as the recorded API does. */
function remember(things: Map<string, Json>, asked: Asked, result: Json): void {
  if (asked.method === "DELETE") things.delete(asked.path);
  if (asked.method === "GET" || asked.method === "DELETE" || !isObject(result)) return;
  const isCollection = /\/(tokens|buckets|domains|dns_records|policies|apps|service_tokens|gateways)$/.test(asked.path);
  things.set(isCollection ? `${asked.path}/${result.id ?? result.name}` : asked.path, result);
}

function recorded(exchanges: readonly Exchange[], phase: Exchange["phase"], asked: Asked): Answer {
  const fits = (exchange: Exchange) =>
    exchange.method === asked.method && exchange.path === asked.path && sameName(exchange, asked);
  const found = exchanges.find((exchange) => exchange.phase === phase && fits(exchange)) ?? exchanges.find(fits);
  if (!found) return { status: 404, body: failure(7003, `Could not route to ${asked.path}`) };
  return found.answer.status === 200
    ? success(found.answer.result)
    : { status: found.answer.status, body: failure(0, "") };
}

function success(result: Json): Answer {
  return { status: 200, body: { success: true, errors: [], messages: [], result } };
}

/** Two policies are made at one path: their names tell them apart. */
function sameName(exchange: Exchange, asked: Asked): boolean {
  const nameOf = (body: Json | undefined) => (isObject(body) ? body.name : undefined);
  return nameOf(exchange.body) === nameOf(asked.body);
}

/** The body of a refusal. */
export function failure(code: number, message: string): Answer["body"] {
  return { success: false, errors: [{ code, message }], messages: [], result: null };
}
