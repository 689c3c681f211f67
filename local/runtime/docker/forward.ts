/** Passes one call of workerd to the daemon. */
import http from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface Forwarded {
  /** The call; its body is passed on unless another is given. */
  readonly request: http.IncomingMessage | { readonly method: string };
  /** Path and query for the daemon. */
  readonly path: string;
  readonly body?: Buffer;
  /** When this closes early, the call ends too: a long poll whose caller has left. Other calls run to their end. */
  readonly whileOpen?: http.ServerResponse;
}

/** Resolves with the head of the daemon's answer. */
export function forward(daemon: string, { request, path, body, whileOpen }: Forwarded): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const incoming = request instanceof http.IncomingMessage ? request : undefined;
    const length = body?.length ?? incoming?.headers["content-length"];
    const outgoing = http.request({
      socketPath: daemon,
      agent: false,
      method: request.method ?? "GET",
      path,
      headers: {
        Host: "docker",
        "Content-Type": incoming?.headers["content-type"] ?? "application/json",
        ...(length === undefined ? {} : { "Content-Length": length }),
      },
    });
    outgoing.once("response", resolve);
    outgoing.once("error", (error) => reject(new Error(`the Docker daemon does not answer: ${error.message}`)));
    whileOpen?.once("close", () => outgoing.destroy());
    if (incoming && !body) incoming.pipe(outgoing);
    else outgoing.end(body);
  });
}

export interface Upgrade {
  readonly request: http.IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/**
 * Passes a call that becomes a raw stream (`exec` with input and output), byte by byte. Node gives its JSON body in
 * `head` and on the socket up to version 24, as data of the request from 26 on.
 */
export function forwardUpgrade(upstream: Socket, { request, socket, head }: Upgrade): void {
  const lines = [`${request.method} ${request.url} HTTP/1.1`];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2)
    lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
  upstream.on("error", () => socket.destroy()).on("close", () => socket.end());
  socket.on("error", () => upstream.destroy()).on("close", () => upstream.destroy());
  upstream.write(`${lines.join("\r\n")}\r\n\r\n`);
  request.on("data", (data: Buffer) => upstream.write(data));
  if (head.length > 0) upstream.write(head);
  socket.pipe(upstream).pipe(socket);
}
