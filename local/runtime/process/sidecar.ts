/**
 * The networking sidecar that workerd demands beside each container, played by the engine: a loopback listener that
 * takes `PUT /egress`, `GET /ca` and one `CONNECT` per connection to the container.
 */
import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import { z } from "zod";
import { listening } from "../../listening.ts";
import { acceptTunnel, refuseTunnel, tunnelPort } from "../connectTunnel.ts";
import type { ProcessContainer } from "./container.ts";

/** Where workerd listens for what a container sends out. */
const egressSchema = z.object({ port: z.number() });

/** How long a connection waits for a program that is still starting. The `Container` class alone would poll every 300 ms. */
const bootMs = 2000;

/** What a sidecar asks of its engine. */
export interface SidecarHost {
  /** The container beside this sidecar, at the time of asking. */
  container(): ProcessContainer | undefined;
  /** A connection was refused because the image does not declare the port. */
  undeclared(container: ProcessContainer, port: number): void;
  /** A connection was refused by the container itself. */
  notListening(container: ProcessContainer, port: number): void;
}

export class Sidecar {
  readonly id: string;
  readonly #host: SidecarHost;
  readonly #server: http.Server;
  readonly #tunnels = new Set<Duplex>();
  /** Port that workerd reaches the sidecar on; 0 before the start. */
  ingressPort = 0;
  /** Port of workerd's egress listener; undefined until it has told. */
  egressPort: number | undefined;

  constructor(id: string, host: SidecarHost) {
    this.id = id;
    this.#host = host;
    this.#server = http.createServer((request, response) => this.#answer(request, response));
    this.#server.on("connect", (request, socket, head) => this.#connect(request, socket, head));
  }

  async start(): Promise<void> {
    if (this.ingressPort !== 0) return;
    this.ingressPort = await listening(this.#server);
  }

  close(): void {
    for (const tunnel of this.#tunnels) tunnel.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    if (request.method === "PUT" && request.url === "/egress") {
      this.egressPort = egressSchema.parse(JSON.parse(Buffer.concat(body).toString())).port;
      response.writeHead(204).end();
    } else if (request.url === "/ca") {
      response.writeHead(200).end("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"); // stored unread
    } else response.writeHead(404).end();
  }

  #connect(request: http.IncomingMessage, socket: Duplex, head: Buffer): void {
    const port = tunnelPort(request);
    const container = this.#host.container();
    this.#tunnels.add(socket);
    socket.on("close", () => this.#tunnels.delete(socket)).on("error", () => {});
    if (!container) refuseTunnel(socket);
    else if (container.spec.program.ports.includes(port)) this.#dial(container, port, socket, head);
    else {
      this.#host.undeclared(container, port);
      refuseTunnel(socket);
    }
  }

  #dial(container: ProcessContainer, port: number, socket: Duplex, head: Buffer): void {
    if (container.status !== "running" || socket.destroyed) {
      refuseTunnel(socket);
      return;
    }
    const upstream = net.connect({ host: container.spec.address, port, allowHalfOpen: true });
    upstream.once("error", () => {
      const age = Date.now() - container.startedAt.getTime();
      if (container.status === "running" && age < bootMs) {
        setTimeout(() => this.#dial(container, port, socket, head), 10);
        return;
      }
      if (container.status === "running") this.#host.notListening(container, port);
      refuseTunnel(socket);
    });
    upstream.once("connect", () => acceptTunnel(socket, upstream, head));
  }
}
