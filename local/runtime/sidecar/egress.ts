/** The way out: an HTTP connection of the container is passed to workerd under the name that it asks for. */
import dns from "node:dns/promises";
import net from "node:net";
import type { Duplex } from "node:stream";
import { type EgressDestination, joinTunnel, openEgress } from "../connectTunnel.ts";
import { insideHost, insideProblem, NoHandler } from "../insideHost.ts";
import { hostOf, readHead } from "./requestHead.ts";

/** Of no machine (RFC 5737): stands for a name that only a handler can answer. */
const nowhere = "192.0.2.1";

/** Takes redirected connections. `listener` is where workerd listens now; each upload of a Worker moves it. */
export function egressServer(listener: () => EgressDestination["listener"] | undefined): net.Server {
  return net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on("error", () => {}); // the program left
    pass(socket, listener()).catch((error: unknown) => answer(socket, error));
  });
}

async function pass(socket: net.Socket, listener: EgressDestination["listener"] | undefined): Promise<void> {
  const head = await readHead(socket);
  const hostname = hostOf(head);
  if (!hostname) throw new Error("the request names no host");
  if (!listener) throw new Error("the Worker is not reachable now");
  const tunnel = await open(listener, hostname);
  tunnel.write(head);
  joinTunnel(socket, tunnel);
}

/** A handler is asked for first: it may know a name that cannot be resolved. */
async function open(listener: EgressDestination["listener"], hostname: string): Promise<Duplex> {
  const { handled, socket } = await openEgress({ listener, hostname, address: nowhere });
  if (handled) return socket;
  socket.destroy();
  if (hostname === insideHost) throw new NoHandler();
  const { address } = await dns.lookup(hostname, { family: 4 });
  // workerd would dial it from outside the container, where loopback is the machine.
  if (/^(127|0)\./.test(address)) throw new Error(`${hostname} is ${address}, which is no way out of a container`);
  return (await openEgress({ listener, hostname, address })).socket;
}

function answer(socket: net.Socket, error: unknown): void {
  if (socket.destroyed) return;
  const { status, body } = insideProblem(error);
  const reason = status === 403 ? "Forbidden" : "Bad Gateway";
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
