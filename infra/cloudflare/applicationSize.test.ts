import { describe, expect, it } from "vitest";
import { instanceTypeNames } from "../../worker/cost/sizes.ts";
import { sizeOrder, toldSize } from "./applicationSize.ts";

const own = { vcpu: 1, memoryGib: 4, diskGb: 8 };
const told = { vcpu: 1, memory_mib: 4096, disk: { size_mb: 8000 } };

describe("the size of an application", () => {
  it("is ordered by its name, or by all three numbers", () => {
    expect(sizeOrder("standard-1")).toEqual({ instance_type: "standard-1" });
    expect(sizeOrder(own)).toEqual(told);
    expect(sizeOrder({ vcpu: 1.5, memoryGib: 4.5, diskGb: 1.001 })).toEqual({
      ...{ vcpu: 1.5, memory_mib: 4608, disk: { size_mb: 1001 } },
    });
  });

  it("is told spelled out, and known again", () => {
    expect(toldSize(told, "standard-1")).toEqual(own);
    expect(toldSize(told, own)).toEqual(own);
    expect(toldSize({ vcpu: 0.5, memory_mib: 4096, disk: { size_mb: 8000 } }, own)).toBe("standard-1");
    expect(toldSize({ instance_type: "lite" }, own)).toBe("lite");
  });

  it.each(instanceTypeNames)("is as it was where an answer leaves it out: %s", (name) => {
    expect(toldSize({}, name)).toBe(name);
    expect(toldSize({}, own)).toEqual(own);
  });

  it("is another as soon as one number of it is", () => {
    expect(toldSize({ memory_mib: 256 }, "basic")).toBe("lite");
    expect(toldSize({ ...told, disk: { size_mb: 6000 } }, own)).toEqual({ ...own, diskGb: 6 });
    expect(toldSize({ disk: { size_mb: 6000 } }, "standard-1")).toEqual({ vcpu: 0.5, memoryGib: 4, diskGb: 6 });
  });
});
