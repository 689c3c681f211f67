/** Both ends of workerd's `CONNECT`: towards a container, as its sidecar answers it, and back, as workerd answers it. */
import http from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

/** workerd reads 400 as "Container is not listening to port N". An unanswered CONNECT would hang the request. */
export function refuseTunnel(socket: Duplex): void {
  if (!socket.destroyed) socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

/** Accepts workerd's CONNECT on `socket` and joins it with a connection to the container. */
export function acceptTunnel(socket: Duplex, upstream: Socket, head: Buffer): void {
  upstream.setNoDelay(true); // without it a warm call of the SDK takes 50 ms
  socket.write("HTTP/1.1 200 OK\r\n\r\n");
  if (head.length > 0) upstream.write(head);
  joinTunnel(socket, upstream);
}

/** Passes bytes both ways until both ends have closed; a failure of one cuts the other. */
export function joinTunnel(socket: Duplex, upstream: Duplex): void {
  upstream.removeAllListeners("error").on("error", () => socket.destroy());
  socket.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
  upstream.pipe(socket).pipe(upstream);
  upstream.on("close", () => (upstream.errored ? socket.destroy() : socket.end()));
}

/** The port of a `CONNECT` that workerd sends to a sidecar. */
export function tunnelPort(request: http.IncomingMessage): number {
  const destination = String(request.headers["x-dst-addr"] ?? request.url ?? "");
  return Number(destination.slice(destination.lastIndexOf(":") + 1));
}

/** Where a tunnel out of a container leads. */
export interface EgressDestination {
  /** Where workerd's egress listener is. */
  readonly listener: { readonly host: string; readonly port: number };
  /** The address that workerd dials itself when no handler takes the name. */
  readonly address: string;
  /** The name that handlers are found by. */
  readonly hostname: string;
}

/**
 * Opens a tunnel to workerd for one outbound HTTP connection. `handled` says whether a handler of the Worker takes it;
 * otherwise workerd dials the address as soon as bytes come. @throws Error when the Worker is not reachable
 */
export function openEgress(to: EgressDestination): Promise<{ readonly handled: boolean; readonly socket: Duplex }> {
  return new Promise((resolve, reject) => {
    const connect = http.request({
      ...to.listener,
      agent: false,
      method: "CONNECT",
      path: `${to.address}:80`,
      headers: { "X-Hostname": to.hostname },
    });
    connect.on("connect", (answer, socket) => {
      socket.setNoDelay(true);
      if (answer.statusCode === 200 || answer.statusCode === 202)
        resolve({ handled: answer.statusCode === 200, socket });
      else {
        socket.destroy();
        reject(new Error(`workerd refused the connection to ${to.hostname} (${answer.statusCode})`));
      }
    });
    connect.on("response", (answer) => {
      answer.resume();
      reject(new Error(`workerd refused the connection to ${to.hostname} (${answer.statusCode})`));
    });
    connect.on("error", (error) => reject(new Error(`the Worker is not reachable now (${error.message})`)));
    connect.end();
  });
}
