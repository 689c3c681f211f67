/** The canned model as a server on loopback. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Ledger } from "../ledger.ts";
import { closed } from "../listening.ts";
import { type Context, type Served, sendJson, serve } from "./answering.ts";
import { chatCompletions } from "./chatCompletions.ts";
import type { LedgerEntry } from "./ledger.ts";
import { anthropicMessages } from "./messages.ts";
import { modelById, modelList } from "./models.ts";
import { responses } from "./responses.ts";

const dialects = [chatCompletions, anthropicMessages, responses];

/** How to start the model. */
export interface ModelOptions {
  /** @default 0, any free port */
  readonly port?: number;
  /** Only loopback addresses are accepted. @default "127.0.0.1" */
  readonly host?: string;
  /** File that each served request is appended to, as one line of JSON. */
  readonly ledgerFile?: string;
  /** The key that requests must carry. Without it every key passes, but not a missing one. */
  readonly apiKey?: string;
  /** Which keys may pass, in place of `apiKey`. */
  readonly accepts?: (key: string | undefined) => boolean;
}

/** A running model. */
export interface RunningModel {
  /** `http://127.0.0.1:PORT`; an OpenAI client wants `/v1` behind it, an Anthropic client does not. */
  readonly url: string;
  /** What was served since the start, oldest first. */
  ledger(): LedgerEntry[];
  /** Ends the server and cuts what is still open. */
  close(): Promise<void>;
}

/** Starts the model and resolves when it listens. */
export async function startModel(options: ModelOptions = {}): Promise<RunningModel> {
  const host = options.host ?? "127.0.0.1";
  if (!/^(127\.|::1$|localhost$)/.test(host)) throw new Error(`The canned model serves loopback only, not ${host}.`);
  const ledger = new Ledger<LedgerEntry>(options.ledgerFile);
  const context = contextOf(options);
  const server = createServer(async (request, response) => {
    const started = performance.now();
    const at = new Date().toISOString();
    try {
      const served = await answer(request, response, context);
      if (served) ledger.add({ at, ...served, ms: Math.round(performance.now() - started) });
    } catch {
      response.destroy(); // the client went away while its body was read
    }
  });
  const port = await listen(server, options.port ?? 0, host);
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    ledger: () => ledger.entries(),
    close: () => closed(server),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
): Promise<Served | undefined> {
  const path = (request.url ?? "/").replace(/\?.*$/, "");
  const dialect = request.method === "POST" ? dialects.find((candidate) => path.endsWith(candidate.path)) : undefined;
  if (dialect) return await serve(dialect, request, response, context);
  request.resume();
  const model = /\/models(?:\/(.+))?$/.exec(path);
  if (request.method === "GET" && model) return models(model[1], request, response, context);
  sendJson(response, 404, {
    error: { message: `Invalid URL (${request.method} ${path})`, type: "invalid_request_error" },
  });
  return undefined;
}

function models(id: string | undefined, request: IncomingMessage, response: ServerResponse, context: Context): Served {
  const dialect = request.headers["anthropic-version"] === undefined ? chatCompletions : anthropicMessages;
  const allowed = context.accepts(dialect.keyOf(request.headers));
  const found = id === undefined ? modelList() : modelById(decodeURIComponent(id));
  const refusal = !allowed
    ? dialect.refuse({ kind: "refusedKey" })
    : found === undefined
      ? dialect.refuse({ kind: "unknownModel", model: id ?? "" })
      : undefined;
  sendJson(response, refusal?.status ?? 200, refusal?.body ?? found);
  return {
    api: "models",
    model: id ?? null,
    stream: false,
    status: refusal?.status ?? 200,
    outcome: refusal === undefined ? "answered" : "refused",
    fault: null,
    tool: null,
    offeredTools: 0,
    auxiliary: false,
    promptTokens: 0,
    completionTokens: 0,
  };
}

function contextOf({ apiKey, accepts }: ModelOptions): Context {
  const seen = new Set<string>();
  let count = 0;
  return {
    accepts: accepts ?? ((key) => (apiKey === undefined ? key !== undefined && key !== "" : key === apiKey)),
    firstTime(text) {
      const first = !seen.has(text);
      seen.add(text);
      return first;
    },
    nextId: () => `canned${String(++count).padStart(6, "0")}`,
  };
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = `Port ${port} on ${host} is in use. Choose another one, or leave --port out to take a free one.`;
      reject(error.code === "EADDRINUSE" ? new Error(taken) : error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("The canned model got no port."));
      else resolve(address.port);
    });
  });
}
