/**
 * A Worker's public door: requests from its stable port to wherever workerd listens now. A request that comes while a new
 * version goes live waits for it, on a connection that stays open meanwhile; those under way are known, so that an upload
 * can wait for them.
 */
import http from "node:http";
import net from "node:net";
import { type Duplex, pipeline } from "node:stream";
import type { EdgeGuard, EdgeVerdict } from "./contract.ts";
import { PortInUse } from "./ports.ts";

/** What belongs to one connection and not to the request. The door has answered `expect` itself. */
const hopHeaders: readonly string[] = ["connection", "keep-alive", "expect"];
const longestHeaders = 128 * 1024;

export class Listener {
  readonly #worker: string;
  readonly #target: () => Promise<number>;
  readonly #guard: () => EdgeGuard | undefined;
  readonly #underWay = new Set<http.ServerResponse>();
  readonly #upgraded = new Set<Duplex>();
  #whenQuiet: (() => void)[] = [];
  #server: http.Server | undefined;

  /** `target` resolves with workerd's port, after a reload that is under way; `guard` judges each request first. */
  constructor(worker: string, target: () => Promise<number>, guard: () => EdgeGuard | undefined) {
    this.#worker = worker;
    this.#target = target;
    this.#guard = guard;
  }

  /** Listens on 127.0.0.1:`port`. `portsFile` is named when the port is taken. */
  async listen(port: number, portsFile: string): Promise<void> {
    if (this.#server) return;
    const server = http.createServer({ maxHeaderSize: longestHeaders, requestTimeout: 0 }, (request, response) =>
      this.#pass(request, response),
    );
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        reject(error.code === "EADDRINUSE" ? new PortInUse(this.#worker, port, portsFile) : error),
      );
      server.listen(port, "127.0.0.1", resolve);
    });
    this.#server = server;
  }

  /** Stops listening and cuts what is open. */
  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    for (const socket of this.#upgraded) socket.destroy();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** Resolves when no request is under way, after `ms` at the latest. WebSockets do not count: they may never end. */
  async quiet(ms: number): Promise<void> {
    if (this.#underWay.size === 0 || ms === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#whenQuiet.push(resolve);
    await promise;
    clearTimeout(timer);
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const verdict = await this.#judge(request);
    if ("answer" in verdict) {
      const { status, headers, body } = verdict.answer;
      request.resume();
      response.writeHead(status, { ...headers, connection: "close" }).end(body);
      return;
    }
    const port = await this.#target().catch(() => undefined); // its deploy told the reason
    if (port === undefined) return refuse(response, 503, "The Worker does not start; its log says why.");
    if (response.destroyed) return; // its client left while it waited
    const upstream = http.request({
      ...{ host: "127.0.0.1", port, agent: false, setHost: false },
      ...{ method: request.method, path: request.url, headers: passedOn(request.rawHeaders, verdict.headers) },
    });
    upstream.setNoDelay(true);
    this.#begin(response, () => {
      // workerd cancels a request only when its connection is reset, not when it is half-closed.
      upstream.socket?.resetAndDestroy();
      upstream.destroy();
    });
    upstream.on("response", (answer) => {
      // Whoever answers before it has read the whole body does not read the rest of it.
      if (!request.complete) response.shouldKeepAlive = false;
      response.sendDate = false;
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer.rawHeaders));
      response.flushHeaders();
      pipeline(answer, response, () => {}); // a broken answer breaks the client's connection
    });
    upstream.on("error", () => {
      if (response.headersSent) return;
      // Whoever refuses a body closes its connection, and the refusal may be lost with it: the client's breaks likewise.
      if (!request.complete) response.destroy();
      else refuse(response, 502, "The Worker was replaced while it worked on this request.");
    });
    request.pipe(upstream);
  }

  /** A judge that fails lets nobody through. */
  async #judge({ url = "/", headers }: http.IncomingMessage): Promise<EdgeVerdict> {
    const guard = this.#guard();
    if (guard === undefined) return { headers: {} };
    return await guard({ worker: this.#worker, path: url, headers }).catch((error: unknown) => {
      const body = `Access failed: ${error instanceof Error ? error.message : String(error)}\n`;
      return { answer: { status: 500, headers: { "content-type": "text/plain" }, body } };
    });
  }

  #begin(response: http.ServerResponse, abandon: () => void): void {
    this.#underWay.add(response);
    response.once("close", () => {
      this.#underWay.delete(response);
      if (!response.writableFinished) abandon();
      if (this.#underWay.size > 0) return;
      for (const resolve of this.#whenQuiet) resolve();
      this.#whenQuiet = [];
    });
  }

  async #upgrade(request: http.IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#upgraded.add(socket);
    socket.on("error", () => {}); // a client that leaves
    const verdict = await this.#judge(request);
    if ("answer" in verdict) {
      const { status, headers, body } = verdict.answer;
      this.#upgraded.delete(socket);
      const lines = Object.entries({ ...headers, connection: "close", "content-length": Buffer.byteLength(body) });
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${head}\r\n${body}`);
      return;
    }
    const port = await this.#target().catch(() => undefined); // its deploy told the reason
    if (port === undefined || socket.destroyed) {
      socket.destroy();
      return;
    }
    const upstream = net.connect({ host: "127.0.0.1", port, noDelay: true });
    upstream.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("close", () => {
      this.#upgraded.delete(socket);
      upstream.resetAndDestroy();
    });
    upstream.write(headOf(request, verdict.headers));
    upstream.write(head);
    socket.pipe(upstream).pipe(socket);
  }
}

/** Headers without those of the connection, as names and values in turn; those in `set` take the place of the client's. */
function passedOn(rawHeaders: readonly string[], set: Readonly<Record<string, string>> = {}): string[] {
  return withHeaders(rawHeaders, set, hopHeaders);
}

function headOf({ method, url, rawHeaders }: http.IncomingMessage, set: Readonly<Record<string, string>>): string {
  const headers = withHeaders(rawHeaders, set, []);
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function withHeaders(
  rawHeaders: readonly string[],
  set: Readonly<Record<string, string>>,
  without: readonly string[],
): string[] {
  const kept = Object.entries(set).flat();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = "", value = ""] = rawHeaders.slice(at, at + 2);
    if (!without.includes(name.toLowerCase()) && !(name.toLowerCase() in set)) kept.push(name, value);
  }
  return kept;
}

function refuse(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain", connection: "close" }).end(`${text}\n`);
}
