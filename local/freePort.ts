/**
 * A free port of 127.0.0.1 for a program that listens there a little later. Outside the range from which systems take the
 * ports of outgoing connections and of listeners that ask for none: from there another program gets it in the meantime.
 */
import { randomInt } from "node:crypto";
import net from "node:net";

/** Under Linux' 32768 (`net.ipv4.ip_local_port_range`) and macOS' 49152, above the ports that services are known by. */
const range = { first: 20_000, last: 32_000 };
const tries = 100;

export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const port = randomInt(range.first, range.last + 1);
    if (await isFree(port)) return port;
  }
  throw new Error(
    `port in use: ${tries} of 127.0.0.1:${range.first}-${range.last} were taken. End some programs there.`,
  );
}

/** Whether nobody listens on a port of 127.0.0.1. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
