/** A loopback API that remembers what it was asked and answers as the recorded one did; for the tests of this folder. */

import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import type { Json } from "../server/properties.ts";

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

/** What the recorder answers instead of a recorded exchange. */
export type Override = (asked: Asked) => { status: number; body: Json } | undefined;

/** A recorder that listens. */
export interface Recorder {
  readonly baseUrl: string;
  /** Requests since the last `forget`. */
  readonly asked: readonly Asked[];
  forget(): void;
  /** Answers from the exchanges of this phase; what another phase knows is the fall-back for reading. */
  during(phase: Exchange["phase"]): void;
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
    const answer = override?.(seen) ?? recorded(exchanges, phase, seen);
    response.writeHead(answer.status, { "content-type": "application/json" }).end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
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
    override: (answer) => {
      override = answer;
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function recorded(exchanges: readonly Exchange[], phase: Exchange["phase"], asked: Asked) {
  const fits = (exchange: Exchange) => exchange.method === asked.method && exchange.path === asked.path;
  const rightBody = (exchange: Exchange) => JSON.stringify(exchange.body) === JSON.stringify(asked.body);
  const found =
    exchanges.find((exchange) => exchange.phase === phase && fits(exchange) && sameName(exchange, asked)) ??
    exchanges.find((exchange) => fits(exchange) && rightBody(exchange)) ??
    exchanges.find(fits);
  if (!found) return { status: 404, body: failure(7003, `Could not route to ${asked.path}`) };
  return {
    status: found.answer.status,
    body: { success: true, errors: [], messages: [], result: found.answer.result },
  };
}

/** Two policies are made at one path: their names tell them apart. */
function sameName(exchange: Exchange, asked: Asked): boolean {
  const nameOf = (body: Json | undefined) =>
    typeof body === "object" && body !== null && !Array.isArray(body) ? body.name : undefined;
  return nameOf(exchange.body) === nameOf(asked.body);
}

/** The body of a refusal. */
export function failure(code: number, message: string): Json {
  return { success: false, errors: [{ code, message }], messages: [], result: null };
}
