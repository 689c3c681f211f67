/**
 * The engine's own network. It publishes on loopback only, keeps containers from each other, and always has a gateway
 * address, which workerd listens on; a daemon's default bridge may have none of the three.
 */
import { z } from "zod";
import type { DockerClient } from "./dockerClient.ts";
import { engineLabels } from "./labels.ts";

const networkSchema = z.object({
  IPAM: z.object({ Config: z.array(z.object({ Subnet: z.string(), Gateway: z.string() })).min(1) }),
});

export interface EngineNetwork {
  readonly name: string;
  /** Address of this machine on the network. */
  readonly gateway: string;
}

/** Makes the network `talaria-<engineId>`. */
export async function createNetwork(docker: DockerClient, engineId: string): Promise<EngineNetwork> {
  const name = `talaria-${engineId}`;
  await docker.json({
    method: "POST",
    path: "/networks/create",
    body: {
      Name: name,
      Driver: "bridge",
      CheckDuplicate: true,
      Labels: engineLabels(engineId),
      Options: {
        "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1",
        "com.docker.network.bridge.enable_icc": "false",
      },
    },
  });
  const [config] = networkSchema.parse(await docker.json({ method: "GET", path: `/networks/${name}` })).IPAM.Config;
  if (!config) throw new Error(`Docker gave the network ${name} no addresses`);
  return { name, gateway: config.Gateway.replace(/\/\d+$/, "") };
}
