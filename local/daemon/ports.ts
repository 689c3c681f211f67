/** The ports of the loopback API, the canned model, the image registry and the AI gateways, remembered on disk: stacks on it keep their addresses. */
import fs from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { isFree } from "../freePort.ts";
import { readIfThere, writeWhole } from "../toolchain/folder.ts";

/** Tried first, in this order of meaning; `Pulumi.local.yaml` names the same. */
const preferred = { api: 8686, model: 8688, registry: 8690, aiGateway: 8692 } as const;
const tries = 50;

const portsSchema = z.object({
  api: z.number().int(),
  model: z.number().int(),
  registry: z.number().int().default(preferred.registry),
  aiGateway: z.number().int().default(preferred.aiGateway),
});
export type DaemonPorts = z.infer<typeof portsSchema>;

/** The remembered ports, or free ones near the preferred. @throws Error when another program holds a remembered port */
export async function daemonPorts(stateDir: string): Promise<DaemonPorts> {
  const file = path.join(stateDir, "daemon-ports.json");
  const text = await readIfThere(file);
  const remembered = text === undefined ? undefined : portsSchema.safeParse(JSON.parse(text)).data;
  if (remembered) {
    for (const port of Object.values(remembered)) if (!(await isFree(port))) throw portInUse(port);
    return remembered;
  }
  const api = await firstFree(preferred.api, []);
  const model = await firstFree(preferred.model, [api]);
  const registry = await firstFree(preferred.registry, [api, model]);
  const aiGateway = await firstFree(preferred.aiGateway, [api, model, registry]);
  await fs.mkdir(stateDir, { recursive: true });
  await writeWhole(file, `${JSON.stringify({ api, model, registry, aiGateway })}\n`);
  return { api, model, registry, aiGateway };
}

async function firstFree(from: number, taken: readonly number[]): Promise<number> {
  for (let port = from; port < from + tries; port++) if (!taken.includes(port) && (await isFree(port))) return port;
  throw portInUse(from);
}

function portInUse(port: number): Error {
  return new Error(
    `port in use: another program listens on 127.0.0.1:${port}, which the local stack uses.\n` +
      `       Find it with  lsof -nP -iTCP:${port} -sTCP:LISTEN  and end it, or take new ports and forget the local\n` +
      "       stacks with  npm run local -- --fresh",
  );
}
