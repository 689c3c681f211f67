/** The size of an application's containers, as the API takes and answers it. The engine keeps it as text with the provider: pure functions. */
import { mbPerGb, mibPerGib } from "../../worker/cost/customSizes.ts";
import { type DeclaredSize, instanceTypeNames, instanceTypes, type Size, sizeOf } from "../../worker/cost/sizes.ts";

/** The part of a configuration that orders a size: by its name, or all three numbers. */
export type SizeOrder =
  | { readonly instance_type: Extract<DeclaredSize, string> }
  | { readonly vcpu: number; readonly memory_mib: number; readonly disk: { readonly size_mb: number } };

/** The part of a configuration that tells a size; the real API spells it out, whatever was ordered. */
export interface ToldSize {
  readonly instance_type?: string | undefined;
  readonly vcpu?: number | undefined;
  readonly memory_mib?: number | undefined;
  readonly disk?: { readonly size_mb?: number | undefined } | undefined;
}

export function sizeOrder(size: DeclaredSize): SizeOrder {
  if (typeof size === "string") return { instance_type: size };
  const { vcpu, memoryGib, diskGb } = size;
  const [memory, disk] = [Math.round(memoryGib * mibPerGib), Math.round(diskGb * mbPerGb)];
  return { vcpu, memory_mib: memory, disk: { size_mb: disk } };
}

/** What an answer tells of the size. What it leaves out is taken to be as it was `known`. */
export function toldSize(told: ToldSize, known: DeclaredSize): DeclaredSize {
  const named = instanceTypeNames.find((name) => name === told.instance_type);
  if (named !== undefined) return named;
  const [vcpu, memoryGib, diskGb] = [told.vcpu, over(told.memory_mib, mibPerGib), over(told.disk?.size_mb, mbPerGb)];
  const isTold = (size: Size) =>
    (vcpu ?? size.vcpu) === size.vcpu &&
    (memoryGib ?? size.memoryGib) === size.memoryGib &&
    (diskGb ?? size.diskGb) === size.diskGb;
  const size = sizeOf(known);
  if (isTold(size)) return known;
  const like = instanceTypeNames.find((name) => isTold(instanceTypes[name]));
  return like ?? { vcpu: vcpu ?? size.vcpu, memoryGib: memoryGib ?? size.memoryGib, diskGb: diskGb ?? size.diskGb };
}

function over(amount: number | undefined, unit: number): number | undefined {
  return amount === undefined ? undefined : amount / unit;
}
