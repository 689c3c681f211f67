/**
 * A Worker's public door: bytes from its stable port to wherever workerd listens now. Nothing is parsed, so streams,
 * WebSockets, cancellation and the Host header pass as they are.
 */
import net from "node:net";
import { PortInUse } from "./ports.ts";

export class Listener {
  readonly #worker: string;
  readonly #target: () => Promise<number>;
  readonly #open = new Set<net.Socket>();
  #server: net.Server | undefined;

  /** `target` resolves with workerd's port, after a reload that is under way. */
  constructor(worker: string, target: () => Promise<number>) {
    this.#worker = worker;
    this.#target = target;
  }

  /** Listens on 127.0.0.1:`port`. `portsFile` is named when the port is taken. */
  async listen(port: number, portsFile: string): Promise<void> {
    if (this.#server) return;
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => this.#pass(socket));
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
    this.cut();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Cuts all connections: a new version of the Worker is going live. */
  cut(): void {
    for (const socket of this.#open) socket.destroy();
  }

  async #pass(socket: net.Socket): Promise<void> {
    socket.on("error", () => {}); // a client that leaves
    let port: number;
    try {
      port = await this.#target();
    } catch {
      socket.destroy(); // the Worker did not start; its deploy told the reason
      return;
    }
    this.#open.add(socket);
    const upstream = net.connect({ host: "127.0.0.1", port, allowHalfOpen: true, noDelay: true });
    socket.setNoDelay(true);
    upstream.on("error", () => socket.destroy()).on("close", () => socket.destroySoon());
    socket.on("close", () => {
      this.#open.delete(socket);
      upstream.resetAndDestroy();
    });
    socket.pipe(upstream, { end: false });
    upstream.pipe(socket);
    // A client that closes has left (HTTP clients do not half-close). workerd cancels the request only when its own
    // connection is reset, not when it is half-closed.
    socket.on("end", () => upstream.end(() => upstream.resetAndDestroy()));
    socket.resume();
  }
}
