/**
 * The way from a container to the Worker's inside host: a listener on the container's address (`TALARIA_URL`) that
 * passes each request to workerd's egress port under the name `talaria.internal`. Transparent interception, as the real
 * sidecar does it, needs a network namespace.
 */
import http from "node:http";
import type { Duplex } from "node:stream";
import { openEgress } from "../connectTunnel.ts";
import { insideHost, insideProblem, NoHandler } from "../insideHost.ts";

/** Headers that belong to one connection. */
const perConnection = new Set([
  "connection",
  "expect",
  "keep-alive",
  "proxy-connection",
  "te",
  "transfer-encoding",
  "upgrade",
]);

export class InsideDoor {
  readonly #server: http.Server;
  readonly #address: string;
  readonly #egressPort: () => number | undefined;

  /** `egressPort` is asked per request, because each upload of a Worker moves it. */
  constructor(address: string, egressPort: () => number | undefined) {
    this.#address = address;
    this.#egressPort = egressPort;
    this.#server = http.createServer({ requestTimeout: 0 }, (request, response) => this.#pass(request, response));
  }

  /** Listens on a free port of the container's address. @returns the URL for `TALARIA_URL`. */
  async start(): Promise<string> {
    await new Promise<void>((resolve, reject) =>
      this.#server.once("error", reject).listen(0, this.#address, () => resolve()),
    );
    const address = this.#server.address();
    return `http://${this.#address}:${typeof address === "object" && address ? address.port : 0}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    let tunnel: Duplex;
    try {
      tunnel = await this.#open();
    } catch (error) {
      request.resume();
      fail(response, error);
      return;
    }
    const outgoing = http.request({
      createConnection: () => tunnel,
      method: request.method,
      path: request.url,
      headers: { ...endToEnd(request.headers), host: insideHost, connection: "close" },
    });
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      response.flushHeaders();
      answer.pipe(response);
      answer.on("error", () => response.destroy());
    });
    outgoing.on("error", (error) => (response.headersSent ? response.destroy() : fail(response, error)));
    response.on("close", () => {
      outgoing.destroy();
      tunnel.destroy();
    });
    request.pipe(outgoing);
  }

  /** A tunnel to the Worker's handler. Without one workerd would dial the address; then the tunnel is closed unused. */
  async #open(): Promise<Duplex> {
    const port = this.#egressPort();
    if (port === undefined) throw new Error("the Worker is not reachable now");
    const { handled, socket } = await openEgress({
      listener: { host: "127.0.0.1", port },
      address: this.#address,
      hostname: insideHost,
    });
    if (handled) return socket;
    socket.destroy();
    throw new NoHandler();
  }
}

function endToEnd(headers: http.IncomingHttpHeaders): http.OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !perConnection.has(name)));
}

function fail(response: http.ServerResponse, error: unknown): void {
  const { status, body } = insideProblem(error);
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}
