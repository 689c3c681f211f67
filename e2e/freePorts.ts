/** Ports of a test's own: the first free ones, as a user's system takes them, are taken by others while it restarts. */
import fs from "node:fs/promises";
import net from "node:net";
import path from "node:path";
import { freePort } from "../local/freePort.ts";

/** Remembers free ports in a new state folder, as an earlier start of stack `local` would. */
export async function reservePorts(stateDir: string): Promise<void> {
  const [api, model, registry, aiGateway, worker] = await freePorts(5);
  await fs.mkdir(path.join(stateDir, "runtime"), { recursive: true });
  await fs.writeFile(path.join(stateDir, "daemon-ports.json"), JSON.stringify({ api, model, registry, aiGateway }));
  await fs.writeFile(path.join(stateDir, "runtime", "ports.json"), JSON.stringify({ "talaria-local": worker }));
}

/** Different ports of 127.0.0.1 on which nobody listens. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

/** A server on a free port of 127.0.0.1. */
export function listening(): Promise<net.Server> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

/** @throws Error when the server listens on none */
export function portOf(server: net.Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("listens on no port");
  return address.port;
}
