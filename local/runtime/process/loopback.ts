/** A loopback address per container, so that each binds the same ports without a clash (design decision 8). */
import { randomInt } from "node:crypto";
import net from "node:net";

/** Why the process engine cannot run here. */
export class OneLoopbackAddress extends Error {
  constructor(code: string) {
    super(
      `This system has only one loopback address (127.0.0.2 cannot be bound: ${code}), and the process engine gives each container one of its own.\n` +
        "       Use Docker for the containers:  pulumi config set talaria:engine docker --stack local\n" +
        "       or, on macOS, add addresses by hand:  sudo ifconfig lo0 alias 127.0.0.2",
    );
    this.name = "OneLoopbackAddress";
  }
}

/** Throws {@link OneLoopbackAddress} where only 127.0.0.1 exists. `probe` is an address that Linux always has. */
export async function requireLoopbackNetwork(probe = "127.0.0.2"): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(new OneLoopbackAddress(error.code ?? error.message)));
    server.listen(0, probe, () => server.close(() => resolve()));
  });
}

/** Draws addresses from 127.100.0.1 to 127.199.255.254; several engines on one machine do not meet in practice. */
export class LoopbackAddresses {
  readonly #taken = new Set<string>();

  take(): string {
    for (let attempt = 0; attempt < 1000; attempt++) {
      const address = `127.${randomInt(100, 200)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return address;
    }
    throw new Error("No free loopback address is left; end some containers.");
  }

  release(address: string): void {
    this.#taken.delete(address);
  }
}
