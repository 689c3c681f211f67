import { BotError, reasonOf } from "../errors.ts";
import { rejoined } from "../rejoined.ts";
import { isOfTheWay } from "../wayHeaders.ts";
import { chatOrderSchema } from "./chatOrder.ts";
import { sessionHeader } from "./streams.ts";

/** Bodies up to this size are kept until Hermes has them, so that a request can wait for a waking bot or be sent again. */
const keptBodyBytes = 1_000_000;
/** Routes whose chunks can be made one answer. */
const foldable = /^\/v1\/chat\/completions$/;
/** What is dropped beside them: Hermes makes its own of the first two, and refuses an origin that it does not know. */
const droppedHeaders = ["host", "content-length", "origin"];

/** A client's request as it can be passed on to Hermes. */
export interface KeptRequest {
  readonly route: { readonly method: string; readonly path: string };
  /** Of the conversation that the client goes on with. */
  readonly sessionId: string | null;
  readonly wantsStream: boolean;
  /** Asked as a stream for a client that wants one answer. */
  readonly folded: boolean;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** Whether the body is at hand for another try. */
  readonly repeatable: boolean;
  toHermes(apiServerKey: string): Request;
}

/** Reads a small body; a large one stays a stream and can be sent once. @throws BotError for a run's body that is no JSON object */
export async function kept(request: Request, isRun: boolean): Promise<KeptRequest> {
  const path = new URL(request.url).pathname;
  // A GET's body means nothing, and no request can be made with one; a length in its headers makes one appear.
  const hasBody = request.method !== "GET" && request.method !== "HEAD";
  const { head, rest } = await beginning(hasBody ? request.body : null);
  const chat = isRun ? chatBody(head, rest === undefined) : undefined;
  const wantsStream = chat?.stream === true;
  const folded = chat !== undefined && !wantsStream && foldable.test(path);
  if (chat !== undefined && foldable.test(path)) refuseMisshapen(chat);
  const body = folded ? JSON.stringify({ ...chat, stream: true }) : (rest ?? head);
  return {
    route: { method: request.method, path },
    sessionId: request.headers.get(sessionHeader),
    wantsStream,
    folded,
    signal: request.signal,
    repeatable: rest === undefined,
    toHermes(apiServerKey) {
      const headers = new Headers(request.headers);
      headers.set("authorization", `Bearer ${apiServerKey}`);
      for (const name of [...headers.keys()]) {
        if (droppedHeaders.includes(name) || isOfTheWay(name)) headers.delete(name);
      }
      const { method, url, signal } = request;
      return new Request(url, { method, headers, body, signal, redirect: "manual" });
    },
  };
}

interface Beginning {
  /** The whole body when it is small, else its beginning. */
  readonly head: Uint8Array<ArrayBuffer> | null;
  /** The whole of a large body. */
  readonly rest?: ReadableStream<Uint8Array>;
}

async function beginning(body: ReadableStream<Uint8Array<ArrayBuffer>> | null): Promise<Beginning> {
  if (body === null) return { head: null };
  const reader = body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let size = 0; size <= keptBodyBytes; ) {
    const { done, value } = await reader.read();
    if (done) return { head: new Uint8Array(await new Blob(chunks).arrayBuffer()) };
    chunks.push(value);
    size += value.byteLength;
  }
  return { head: new Uint8Array(await new Blob(chunks).arrayBuffer()), rest: rejoined(chunks, reader) };
}

/** Hermes answers a body of the wrong shape with a bare 500; the client gets a reason instead. Undefined for one too large to parse. */
function chatBody(head: Uint8Array | null, isWhole: boolean): Record<string, unknown> | undefined {
  const text = new TextDecoder().decode(head ?? new Uint8Array());
  if (!isWhole) {
    if (!/^\s*\{/.test(text)) throw notAnObject();
    return undefined;
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    // The parser's own words quote the body, and errors are logged.
    const where = /at position \d+( \(line \d+ column \d+\))?/.exec(reasonOf(error))?.[0] ?? "somewhere";
    throw new BotError("badRequest", { reason: `The body is not valid JSON: it breaks ${where}.` });
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw notAnObject();
  return body as Record<string, unknown>;
}

function refuseMisshapen(chat: Record<string, unknown>): void {
  const { error } = chatOrderSchema.safeParse(chat);
  if (error === undefined) return;
  const fields = error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new BotError("badRequest", { reason: `The body is not as expected: ${fields.slice(0, 3).join("; ")}.` });
}

function notAnObject(): BotError {
  return new BotError("badRequest", { reason: "The body is not a JSON object." });
}
