/** Sizes of containers. */

import * as z from "zod";

/** What a container is given. Source: developers.cloudflare.com/containers/platform-details/limits. */
export const sizeSchema = z.object({ vcpu: z.number(), memoryGib: z.number(), diskGb: z.number() });
export type Size = z.infer<typeof sizeSchema>;

/** Instance types of Cloudflare Containers. */
export const instanceTypes = {
  lite: { vcpu: 1 / 16, memoryGib: 0.25, diskGb: 2 },
  basic: { vcpu: 1 / 4, memoryGib: 1, diskGb: 4 },
  "standard-1": { vcpu: 1 / 2, memoryGib: 4, diskGb: 8 },
  "standard-2": { vcpu: 1, memoryGib: 6, diskGb: 12 },
  "standard-3": { vcpu: 2, memoryGib: 8, diskGb: 16 },
  "standard-4": { vcpu: 4, memoryGib: 12, diskGb: 20 },
} as const satisfies Record<string, Size>;
/** One of {@link instanceTypes}. */
export type InstanceType = keyof typeof instanceTypes;

/** Of a stack that chooses none. */
export const usualSizes = {
  hermes: "standard-1",
  exec: "basic",
  care: "standard-1",
} as const satisfies Record<string, InstanceType>;

/** The names of {@link instanceTypes}, the smallest first. */
export const instanceTypeNames = Object.keys(instanceTypes) as [InstanceType, ...InstanceType[]];
