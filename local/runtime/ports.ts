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

  constructor(stateDir: string) {
    this.file = path.join(stateDir, "ports.json");
    this.#ports = fs.existsSync(this.file) ? portsSchema.parse(JSON.parse(fs.readFileSync(this.file, "utf8"))) : {};
  }

  /** The port of a Worker; the first time, the first free one from 8787 on. */
  of(worker: string): Promise<number> {
    const chosen = this.#choosing.then(async () => this.#ports[worker] ?? this.#remember(worker, await this.#free()));
    this.#choosing = chosen.catch(() => {}); // the caller sees the failure; the next choice starts anew
    return chosen;
  }

  forget(worker: string): void {
    const { [worker]: _forgotten, ...rest } = this.#ports;
    this.#write(rest);
  }

  #remember(worker: string, port: number): number {
    this.#write({ ...this.#ports, [worker]: port });
    return port;
  }

  #write(ports: Readonly<Record<string, number>>): void {
    this.#ports = ports;
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    fs.writeFileSync(this.file, `${JSON.stringify(ports, null, 2)}\n`);
  }

  async #free(): Promise<number> {
    const taken = new Set(Object.values(this.#ports));
    for (let port = firstPort; port <= lastPort; port++) if (!taken.has(port) && (await isFree(port))) return port;
    throw new Error(`port in use: none of 127.0.0.1:${firstPort}-${lastPort} is free. End some of the programs there.`);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
