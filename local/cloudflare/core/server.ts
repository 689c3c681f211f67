/** Node's http server in front of a fetch handler, on loopback only. */
import http from "node:http";
import { closed, listening } from "../../listening.ts";

/** Largest request body, in bytes: Cloudflare's own limit of an upload through its API. */
const bodyLimit = 100 * 1024 * 1024;

/** A server that listens. */
export interface Listening {
  readonly port: number;
  close(): Promise<void>;
}

/** Listens on 127.0.0.1. Port 0 takes a free one. */
export async function listen(port: number, handle: (request: Request) => Promise<Response>): Promise<Listening> {
  const server = http.createServer((incoming, outgoing) => {
    void answer(incoming, outgoing, handle);
  });
  return { port: await listening(server, port), close: () => closed(server) };
}

async function answer(
  incoming: http.IncomingMessage,
  outgoing: http.ServerResponse,
  handle: (request: Request) => Promise<Response>,
): Promise<void> {
  try {
    const request = await toRequest(incoming);
    const response = request ? await handle(request) : new Response("Request body too large\n", { status: 413 });
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    outgoing.end(Buffer.from(await response.arrayBuffer()));
  } catch (error) {
    if (!outgoing.headersSent) outgoing.writeHead(500);
    outgoing.end(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}

async function toRequest(incoming: http.IncomingMessage): Promise<Request | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= bodyLimit) chunks.push(chunk);
  }
  if (size > bodyLimit) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  }
  const method = incoming.method ?? "GET";
  const body = method === "GET" || method === "HEAD" || size === 0 ? null : Buffer.concat(chunks);
  return new Request(`http://127.0.0.1${incoming.url ?? "/"}`, { method, headers, body });
}
