import { describe, expect, it } from "vitest";
import { type SizeFault, sizeFaults, sizeFrom } from "./customSizes.ts";
import { instanceTypes, namedSize, sizeOf, sizeText } from "./sizes.ts";

const faults = (vcpu: number, memoryGib: number, diskGb: number) =>
  sizeFaults({ vcpu, memoryGib, diskGb }).map(({ part, reason, fits }: SizeFault) => `${part} ${reason} (${fits})`);

describe("a size of one's own", () => {
  it.each([
    [1, 3, 6],
    [1, 12, 20],
    [4, 12, 20],
    [1.5, 4.5, 0.5],
    [1, 4, 1.001],
  ])("may be %d vCPU, %d GiB, %d GB", (...size) => expect(faults(...size)).toEqual([]));

  it.each([
    [0.9, 4, 8, "vcpu is below 1; what is smaller has a name, lite, basic, standard-1 (1)"],
    [4.5, 12, 8, "vcpu is above 4 (4)"],
    [1, 12.5, 8, "memoryGib is above 12 (12)"],
    [2, 5.9, 8, "memoryGib is below 6: at least 3 GiB for each vCPU (6)"],
    [1, 3.3, 6, "memoryGib is no whole number of MiB (4)"],
    [4, 12, 21, "diskGb is above 20 (20)"],
    [1, 4, 9, "diskGb is above 8: at most 2 GB for each GiB of memory (8)"],
    [1, 4, 0, "diskGb is not above 0 (8)"],
    [1, 4, 1.0001, "diskGb is no whole number of MB (2)"],
  ])("is not %d vCPU, %d GiB, %d GB", (vcpu, memoryGib, diskGb, fault) =>
    expect(faults(vcpu, memoryGib, diskGb)).toEqual([fault]),
  );

  it("proposes numbers that are taken together, whatever is wrong", () => {
    for (const vcpu of [0.1, 1.7, 9]) {
      for (const memoryGib of [0, 3.3, 99]) {
        for (const diskGb of [-1, 7.00001, 99]) {
          const size = { vcpu, memoryGib, diskGb };
          const mended = sizeFaults(size).map(({ part, fits }) => [part, fits]);
          expect(sizeFaults({ ...size, ...Object.fromEntries(mended) }), JSON.stringify(size)).toEqual([]);
        }
      }
    }
  });

  it("is the named one where it has the same numbers, though that is below the bounds", () => {
    for (const [name, size] of Object.entries(instanceTypes)) {
      expect(namedSize({ ...size })).toBe(name);
      expect(sizeFaults({ ...size })).toEqual([]);
    }
    expect(namedSize({ vcpu: 1, memoryGib: 4, diskGb: 8 })).toEqual({ vcpu: 1, memoryGib: 4, diskGb: 8 });
  });

  it("is said in a few words, and read from fewer", () => {
    expect(sizeFrom("1x4.5x8")).toEqual({ size: { vcpu: 1, memoryGib: 4.5, diskGb: 8 } });
    expect(sizeFrom("1x6x12")).toEqual({ size: "standard-2" });
    expect(sizeFrom("lite")).toEqual({ size: "lite" });
    expect(sizeFrom("1x4")).toEqual({ fault: expect.stringContaining("nor vCPU x GiB x GB such as 1x4x8") });
    expect(sizeFrom("2x4x8")).toEqual({ fault: "has memoryGib 4, which is below 6: at least 3 GiB for each vCPU" });
    expect(sizeText("basic")).toBe("basic");
    expect(sizeText(sizeOf("basic"))).toBe("0.25 vCPU, 1 GiB, 4 GB");
  });
});
