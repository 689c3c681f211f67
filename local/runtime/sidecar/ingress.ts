/** The way in: what workerd asks a sidecar, and one `CONNECT` per connection to the container. */
import http from "node:http";
import net from "node:net";
import type { Duplex } from "node:stream";
import { z } from "zod";
import { acceptTunnel, refuseTunnel, tunnelPort } from "../connectTunnel.ts";
import { certificate } from "./certificate.ts";

const egressSchema = z.object({
  port: z.number().int(),
  internet: z.object({ enabled: z.boolean() }).default({ enabled: true }),
});

/** Body of `PUT /egress`: where workerd listens for what the container sends out, and what may leave besides. */
export type EgressSettings = z.infer<typeof egressSchema>;

export interface IngressHost {
  /** The address that the container's programs must listen on. */
  readonly address: string;
  /** Whether a request comes from workerd and not from the container itself. */
  trusted(remoteAddress: string | undefined): boolean;
  /** workerd told where it listens. Resolves when that is in force. */
  egress(settings: EgressSettings): Promise<void>;
  /** A connection to this port was refused for good. */
  refused(port: number): void;
}

/** How long a connection waits for a program that is still starting. The `Container` class alone would poll every 300 ms. */
const bootMs = 2000;

/** Makes the server; the caller listens. */
export function ingressServer(host: IngressHost): http.Server {
  let toldAt = 0;
  const answer = async (request: http.IncomingMessage): Promise<[status: number, body?: string]> => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    if (!host.trusted(request.socket.remoteAddress)) return [403];
    if (request.method === "GET" && request.url === "/ca") return [200, certificate];
    if (request.method !== "PUT" || request.url !== "/egress") return [404];
    await host.egress(egressSchema.parse(JSON.parse(Buffer.concat(body).toString())));
    toldAt = Date.now();
    return [204];
  };
  const server = http.createServer({ requestTimeout: 0 }, (request, response) => {
    answer(request).then(
      ([status, body]) => response.writeHead(status).end(body),
      (error: unknown) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
    );
  });
  server.on("connect", (request, socket, head) => {
    socket.on("error", () => {}); // workerd ended
    if (!host.trusted(request.socket.remoteAddress)) refuseTunnel(socket);
    // workerd tells its port right before it starts a container: a young one gets time to listen.
    else dial(host, { port: tunnelPort(request), socket, head, until: toldAt + bootMs });
  });
  return server;
}

interface Dial {
  readonly port: number;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Refused connections are tried again until then. */
  readonly until: number;
}

function dial(host: IngressHost, wanted: Dial): void {
  const { port, socket, head, until } = wanted;
  if (socket.destroyed) return;
  const upstream = net.connect({ host: host.address, port, allowHalfOpen: true });
  upstream.once("error", () => {
    if (Date.now() < until) {
      setTimeout(() => dial(host, wanted), 10);
      return;
    }
    host.refused(port);
    refuseTunnel(socket);
  });
  upstream.once("connect", () => acceptTunnel(socket, upstream, head));
}
