/** What a container application runs: image, size, command. Sizes are answered spelled out, as the real API does. */
import type { ApplicationCreateParams } from "cloudflare/resources/containers/applications/applications.js";
import { z } from "zod";
import type { Conforms } from "../core/conforms.ts";
import { containerProblem } from "./problems.ts";

/** vCPU, MiB of memory and MB of disk of each instance type. */
export const instanceTypes = {
  lite: { vcpu: 0.0625, memory_mib: 256, disk_mb: 2000 },
  basic: { vcpu: 0.25, memory_mib: 1024, disk_mb: 4000 },
  "standard-1": { vcpu: 0.5, memory_mib: 4096, disk_mb: 8000 },
  "standard-2": { vcpu: 1, memory_mib: 6144, disk_mb: 12000 },
  "standard-3": { vcpu: 2, memory_mib: 8192, disk_mb: 16000 },
  "standard-4": { vcpu: 4, memory_mib: 12288, disk_mb: 20000 },
} as const;

const instanceType = z.enum(["lite", "basic", "standard-1", "standard-2", "standard-3", "standard-4"]);
const logs = z.strictObject({ logs: z.strictObject({ enabled: z.boolean().optional() }).optional() });

/** Fields of a configuration that the official client types. */
const documented = z.strictObject({
  image: z.string(),
  instance_type: instanceType.optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment_variables: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
  observability: logs.optional(),
});
true satisfies Conforms<
  typeof documented,
  ApplicationCreateParams.CcContainersCreateScheduledApplicationRequest["configuration"]
>;

/** With the fields that wrangler sends and the official client does not type. */
export const configurationSchema = documented.extend({
  vcpu: z.number().optional(),
  memory_mib: z.number().int().optional(),
  disk: z.strictObject({ size_mb: z.number().int() }).optional(),
  wrangler_ssh: z.strictObject({ enabled: z.boolean().optional(), port: z.number().int().optional() }).optional(),
});
/** A configuration as it is sent. */
export type DeclaredConfiguration = z.infer<typeof configurationSchema>;

/** A configuration as it is kept and answered. */
export const storedConfigurationSchema = configurationSchema
  .omit({ instance_type: true, disk: true })
  .extend({ vcpu: z.number(), memory_mib: z.number(), disk: z.strictObject({ size_mb: z.number() }) });
/** A kept configuration. */
export type StoredConfiguration = z.infer<typeof storedConfigurationSchema>;

/** What the check of an image needs to know. */
export interface OwnRegistry {
  readonly accountId: string;
  /** The account's registry on this machine, beside Cloudflare's name for it. */
  readonly registry: { readonly host: string } | undefined;
}

/** Checks image and size and spells the size out. The account's name stands in a registry path of Cloudflare. */
export function expand(
  owner: OwnRegistry,
  { instance_type, vcpu, memory_mib, disk, ...rest }: DeclaredConfiguration,
): StoredConfiguration {
  checkImage(owner, rest.image);
  const custom = vcpu !== undefined || memory_mib !== undefined || disk !== undefined;
  if (custom && instance_type) throw invalid("instance_type cannot be combined with vcpu, memory_mib and disk");
  if (!custom) {
    const type = instanceTypes[instance_type ?? "lite"];
    return { ...rest, vcpu: type.vcpu, memory_mib: type.memory_mib, disk: { size_mb: type.disk_mb } };
  }
  if (vcpu === undefined || memory_mib === undefined || disk === undefined) {
    throw invalid("a custom size needs vcpu, memory_mib and disk.size_mb together");
  }
  if (vcpu < 1 || vcpu > 4) throw invalid(`vcpu ${vcpu} is not between 1 and 4`);
  if (memory_mib > 12 * 1024 || memory_mib < vcpu * 3 * 1024) {
    throw invalid(`memory_mib ${memory_mib} is not between ${vcpu * 3 * 1024} (3 GiB per vCPU) and ${12 * 1024}`);
  }
  const mostDisk = Math.min(20_000, (memory_mib / 1024) * 2000);
  if (disk.size_mb < 1 || disk.size_mb > mostDisk)
    throw invalid(`disk.size_mb ${disk.size_mb} is not between 1 and ${mostDisk} (2 GB per GiB, 20 GB)`);
  return { ...rest, vcpu, memory_mib, disk };
}

/** Images come from Cloudflare's registry under the own account, Docker Hub, ECR or Google Artifact Registry. */
function checkImage({ accountId, registry }: OwnRegistry, image: string): void {
  const [host = "", owner = ""] = image.split("/");
  if (/\s/.test(image) || !/^[^/]+\/.+[^/:@]$/.test(image))
    throw invalid(`"${image}" is not an image reference with a registry`);
  if (host === "registry.cloudflare.com" || host === registry?.host) {
    if (owner !== accountId) throw invalid(`image "${image}" belongs to another account than ${accountId}`);
    if (!/[:@][^/]+$/.test(image)) throw invalid(`image "${image}" has neither tag nor digest`);
    return;
  }
  if (host === "docker.io" || host.endsWith("-docker.pkg.dev") || /\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$/.test(host))
    return;
  throw invalid(
    `registry "${host}" is not supported: registry.cloudflare.com, docker.io, ECR or Google Artifact Registry`,
  );
}

function invalid(why: string): Error {
  return containerProblem("VALIDATE_INPUT", { configuration: why });
}
