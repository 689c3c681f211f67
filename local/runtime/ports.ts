/** Which port each Worker answers on, remembered on disk: a bot's URL survives a restart. */
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { z } from "zod";

/** wrangler's port, tried first. */
const firstPort = 8787;
const lastPort = 9787;

const portsSchema = z.record(z.string(), z.number().int());

/** The remembered port of a Worker belongs to another program now. */
export class PortInUse extends Error {
  constructor(worker: string, port: number, file: string) {
    super(
      `port in use: Worker ${worker} answers on 127.0.0.1:${port}, and another program listens there.\n` +
        `       Find it with  lsof -nP -iTCP:${port} -sTCP:LISTEN  and end it, or give the Worker a new port: remove\n` +
        `       "${worker}" from ${file} and start again.`,
    );
    this.name = "PortInUse";
  }
}

export class Ports {
  readonly file: string;
  #ports: Readonly<Record<string, number>>;
  #choosing: Promise<unknown> = Promise.resolve();
  /** Listeners that keep a chosen port from other systems until its Worker listens there itself. */
  readonly #held = new Map<string, net.Server>();

  constructor(stateDir: string) {
    this.file = path.join(stateDir, "ports.json");
    this.#ports = fs.existsSync(this.file) ? portsSchema.parse(JSON.parse(fs.readFileSync(this.file, "utf8"))) : {};
  }

  /** The port of a Worker; the first time, the first free one from 8787 on. */
  of(worker: string): Promise<number> {
    const chosen = this.#choosing.then(async () => this.#ports[worker] ?? this.#choose(worker));
    this.#choosing = chosen.catch(() => {}); // the caller sees the failure; the next choice starts anew
    return chosen;
  }

  /** The port of a Worker that listens there next: nothing holds it any more. */
  async handOver(worker: string): Promise<number> {
    const port = await this.of(worker);
    await this.#release(worker);
    return port;
  }

  /** Lets go of every port that is held. */
  async close(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((worker) => this.#release(worker)));
  }

  async forget(worker: string): Promise<void> {
    await this.#release(worker);
    const { [worker]: _forgotten, ...rest } = this.#ports;
    this.#write(rest);
  }

  async #choose(worker: string): Promise<number> {
    const { port, server } = await this.#free();
    this.#held.set(worker, server);
    this.#write({ ...this.#ports, [worker]: port });
    return port;
  }

  async #release(worker: string): Promise<void> {
    const server = this.#held.get(worker);
    this.#held.delete(worker);
    if (server) await new Promise((resolve) => server.close(resolve));
  }

  #write(ports: Readonly<Record<string, number>>): void {
    this.#ports = ports;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(this.file, `${JSON.stringify(ports, null, 2)}\n`);
  }

  async #free(): Promise<{ readonly port: number; readonly server: net.Server }> {
    const taken = new Set(Object.values(this.#ports));
    for (let port = firstPort; port <= lastPort; port++) {
      const server = taken.has(port) ? undefined : await holder(port);
      if (server) return { port, server };
    }
    throw new Error(`port in use: none of 127.0.0.1:${firstPort}-${lastPort} is free. End some of the programs there.`);
  }
}

/** A listener that takes nobody in; undefined when the port is taken. */
function holder(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy()).unref();
    server.once("error", () => resolve(undefined));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
