/** Sizes of one's own, and what of them Cloudflare refuses. Source: developers.cloudflare.com/containers/platform/limits. */
import { type DeclaredSize, instanceTypeNames, instanceTypes, namedSize, type Size } from "./sizes.ts";

/** Bounds of a size that has no name. The bounds of an account may be lower. */
export const customLimits = {
  vcpu: { least: 1, most: 4 },
  mostMemoryGib: 12,
  mostDiskGb: 20,
  leastGibPerVcpu: 3,
  mostGbPerGib: 2,
} as const;

const smaller = instanceTypeNames.filter((name) => instanceTypes[name].vcpu < customLimits.vcpu.least);

/** MiB of a GiB, and MB of a GB: the whole numbers that a size is ordered in. */
export const mibPerGib = 1024;
export const mbPerGb = 1000;

/** What is wrong with one number of a size. */
export interface SizeFault {
  readonly part: keyof Size;
  /** Completes "`memoryGib` 2 …". */
  readonly reason: string;
  /** The nearest number that would be taken. */
  readonly fits: number;
}

/** Everything that is wrong with a size; one that has a name has no fault. */
export function sizeFaults(size: Size): readonly SizeFault[] {
  if (typeof namedSize(size) === "string") return [];
  const vcpu = vcpuFault(size);
  const memory = memoryFault(size.memoryGib, vcpu?.fits ?? size.vcpu);
  const disk = diskFault(size.diskGb, memory?.fits ?? size.memoryGib);
  return [vcpu, memory, disk].filter((fault) => fault !== undefined);
}

function vcpuFault({ vcpu }: Size): SizeFault | undefined {
  const { least, most } = customLimits.vcpu;
  const fault = (reason: string, fits: number) => ({ part: "vcpu", reason, fits }) as const;
  if (vcpu < least) return fault(`is below ${least}; what is smaller has a name, ${smaller.join(", ")}`, least);
  return vcpu > most ? fault(`is above ${most}`, most) : undefined;
}

function memoryFault(memoryGib: number, vcpu: number): SizeFault | undefined {
  const { mostMemoryGib: most, leastGibPerVcpu } = customLimits;
  const least = Math.ceil(vcpu * leastGibPerVcpu * mibPerGib) / mibPerGib;
  const fault = (reason: string, fits: number) => ({ part: "memoryGib", reason, fits }) as const;
  if (memoryGib > most) return fault(`is above ${most}`, most);
  if (memoryGib < least) return fault(`is below ${least}: at least ${leastGibPerVcpu} GiB for each vCPU`, least);
  return isWhole(memoryGib * mibPerGib) ? undefined : fault("is no whole number of MiB", Math.ceil(memoryGib));
}

function diskFault(diskGb: number, memoryGib: number): SizeFault | undefined {
  const { mostDiskGb, mostGbPerGib } = customLimits;
  const most = Math.min(mostDiskGb, Math.floor(memoryGib * mostGbPerGib));
  const fault = (reason: string, fits: number) => ({ part: "diskGb", reason, fits }) as const;
  if (diskGb > mostDiskGb) return fault(`is above ${mostDiskGb}`, most);
  if (diskGb > memoryGib * mostGbPerGib)
    return fault(`is above ${memoryGib * mostGbPerGib}: at most ${mostGbPerGib} GB for each GiB of memory`, most);
  if (diskGb <= 0) return fault("is not above 0", most);
  return isWhole(diskGb * mbPerGb) ? undefined : fault("is no whole number of MB", Math.ceil(diskGb));
}

/** 1.001 GB are 1000.9999999999999 MB to a computer. */
function isWhole(number: number): boolean {
  return Math.abs(number - Math.round(number)) < 1e-6;
}

/** `standard-2`, or `1x4x8`: vCPU, GiB of memory, GB of disk. @returns what is wrong with the text, in words, if it is neither */
export function sizeFrom(text: string): { readonly size: DeclaredSize } | { readonly fault: string } {
  const name = instanceTypeNames.find((one) => one === text);
  if (name !== undefined) return { size: name };
  const [, vcpu, memoryGib, diskGb] = /^(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (diskGb === undefined)
    return { fault: `is not one of ${instanceTypeNames.join(", ")}, nor vCPU x GiB x GB such as 1x4x8` };
  const size = { vcpu: Number(vcpu), memoryGib: Number(memoryGib), diskGb: Number(diskGb) };
  const [fault] = sizeFaults(size);
  return fault === undefined
    ? { size: namedSize(size) }
    : { fault: `has ${fault.part} ${size[fault.part]}, which ${fault.reason}` };
}
