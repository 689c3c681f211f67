/** Sizes of containers. */

import * as z from "zod";
import type { ApplicationName } from "../bindings.ts";

/** What a container is given. Source: developers.cloudflare.com/containers/platform-details/limits. */
const sizeSchema = z.object({ vcpu: z.number(), memoryGib: z.number(), diskGb: z.number() });
export type Size = z.infer<typeof sizeSchema>;

/** Of what a container says that it uses, which is in bytes. */
export const bytesPerGib = 2 ** 30;

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

/** A container's size as it is declared, and deployed: by its name where it has one. */
export type DeclaredSize = InstanceType | Size;

/** Of a stack that chooses none. */
export const usualSizes = {
  hermes: "standard-1",
  exec: "basic",
  care: "standard-1",
} as const satisfies Record<ApplicationName, InstanceType>;

/** The names of {@link instanceTypes}, the smallest first. */
export const instanceTypeNames = Object.keys(instanceTypes) as [InstanceType, ...InstanceType[]];

const declaredSizeSchema = z.union([z.enum(instanceTypeNames), sizeSchema]);

/** Of the containers of each application. */
export const declaredSizesSchema = z.object({
  hermes: declaredSizeSchema,
  exec: declaredSizeSchema,
  care: declaredSizeSchema,
}) satisfies z.ZodType<Record<ApplicationName, DeclaredSize>>;

/** A declared size in numbers. */
export function sizeOf(declared: DeclaredSize): Size {
  return typeof declared === "string" ? instanceTypes[declared] : declared;
}

/** A size by its name, if these numbers have one: so that one size is never declared in two ways. */
export function namedSize(size: Size): DeclaredSize {
  const same = (type: Size) =>
    type.vcpu === size.vcpu && type.memoryGib === size.memoryGib && type.diskGb === size.diskGb;
  return instanceTypeNames.find((name) => same(instanceTypes[name])) ?? size;
}

/** `standard-1`, or `1 vCPU, 4 GiB, 8 GB`. */
export function sizeText(declared: DeclaredSize): string {
  if (typeof declared === "string") return declared;
  return `${declared.vcpu} vCPU, ${declared.memoryGib} GiB, ${declared.diskGb} GB`;
}
