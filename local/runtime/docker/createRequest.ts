/** What the engine changes in the create calls of workerd. Pure: Docker's shapes in, Docker's shapes out. */
import { z } from "zod";
import { sidecarPort } from "../containerName.ts";
import { insideHost } from "../insideHost.ts";
import type { EngineNetwork } from "./network.ts";

/** Body of `POST /containers/create`. What is not named here passes as it is. */
export const createSchema = z.looseObject({
  Image: z.string(),
  Env: z.array(z.string()).nullish(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  HostConfig: z.looseObject({ NetworkMode: z.string() }),
});
export type CreateRequest = z.infer<typeof createSchema>;

/** Whether a create call is one for a sidecar. */
export function isSidecar(request: CreateRequest): boolean {
  return request.ExposedPorts?.[sidecarPort] !== undefined;
}

/** Of no machine (RFC 2544). Connections to it meet the sidecar's redirection before they leave. */
const insideAddress = "198.18.80.1";

export interface SidecarChanges {
  readonly image: string;
  readonly network: EngineNetwork;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * A sidecar on the engine's own network, published on loopback, with the names of the Worker and of this machine in
 * its hosts file, which the container shares. Docker's own resolver replaces the public ones that workerd names: it
 * knows how this machine resolves.
 */
export function sidecarRequest(request: CreateRequest, { image, network, labels }: SidecarChanges): object {
  const { Dns: _public, ...host } = request.HostConfig;
  return {
    ...request,
    Image: image,
    Labels: labels,
    HostConfig: {
      ...host,
      NetworkMode: network.name,
      PublishAllPorts: false,
      PortBindings: { [sidecarPort]: [{ HostIp: "127.0.0.1", HostPort: "" }] },
      ExtraHosts: [`host.docker.internal:${machineAddress(network)}`, `${insideHost}:${insideAddress}`],
    },
  };
}

const mib = 1024 * 1024;

export interface ContainerChanges {
  /** The application's reference instead of the stable name. */
  readonly image: string;
  /** Memory of its instance type, MiB, without swap. @default as much as the machine has */
  readonly memoryMib?: number | undefined;
  /** The sidecar's name in the daemon. */
  readonly sidecar: string;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * A container beside its sidecar, with the contract's environment. Docker does not restart it: the object that owns it
 * does, and would take a restart behind its back for the same container.
 */
export function containerRequest(request: CreateRequest, changes: ContainerChanges): object {
  const { image, memoryMib, sidecar, labels } = changes;
  const memory = memoryMib === undefined ? {} : { Memory: memoryMib * mib, MemorySwap: memoryMib * mib };
  return {
    ...request,
    Image: image,
    Labels: labels,
    Env: withDefaults(request.Env ?? [], {
      TALARIA_IMAGE: image,
      TALARIA_BIND: "0.0.0.0",
      TALARIA_URL: `http://${insideHost}`,
    }),
    HostConfig: {
      ...request.HostConfig,
      ...memory,
      NetworkMode: `container:${sidecar}`,
      RestartPolicy: { Name: "no" },
    },
  };
}

/** The Worker's variables win. */
function withDefaults(env: readonly string[], defaults: Readonly<Record<string, string>>): string[] {
  const given = new Set(env.map((entry) => entry.split("=", 1)[0]));
  const missing = Object.entries(defaults).filter(([name]) => !given.has(name));
  return [...missing.map(([name, value]) => `${name}=${value}`), ...env];
}

/** Where workerd listens, seen from a container. A daemon in a virtual machine knows its host under a name of its own. */
function machineAddress({ gateway }: EngineNetwork): string {
  return process.platform === "linux" ? gateway : "host-gateway";
}
