/** The loopback Cloudflare that runs now, as its daemon announces it in the state folder. */
import net from "node:net";
import path from "node:path";
import { z } from "zod";
import { readIfThere } from "./folder.ts";
import { alive } from "./lock.ts";

/** A daemon that is too busy to take a connection for so long is there all the same. */
const answerMs = 5_000;

const daemonSchema = z.object({
  pid: z.number().int().positive(),
  apiUrl: z.string(),
  apiToken: z.string(),
  accountId: z.string(),
  modelUrl: z.string(),
  aiGatewayUrl: z.string().optional(),
  /** What runs the containers. */
  engine: z.string().default("process"),
  /** Config of every stack on it, keys without the project's name. */
  config: z.record(z.string(), z.unknown()).default({}),
  /** Environment of `pulumi` on it: where its Docker is, and what ends it with the daemon. */
  env: z.record(z.string(), z.string()).default({}),
});
export type Daemon = z.infer<typeof daemonSchema>;

/** The running daemon; undefined when none was started or its process has ended. */
export async function runningDaemon(stateDir: string): Promise<Daemon | undefined> {
  const text = await readIfThere(path.join(stateDir, "daemon.json"));
  const daemon = text === undefined ? undefined : daemonSchema.safeParse(parseJson(text)).data;
  return daemon !== undefined && alive(daemon.pid) && (await listens(daemon.apiUrl)) ? daemon : undefined;
}

/**
 * Whether anything takes connections there. A process id says too little: one that was killed keeps it until its parent
 * has taken note, and the system gives it to another process later.
 */
function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port), timeout: answerMs });
    const answer = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once("connect", () => answer(true)).once("timeout", () => answer(true));
    socket.once("error", () => answer(false));
  });
}

/** A file that is being written counts as none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
