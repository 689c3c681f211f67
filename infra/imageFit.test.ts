import { describe, expect, it } from "vitest";
import { tooLarge } from "./imageFit.ts";

const holds =
  (text: string, ok = true) =>
  async () => ({ ok, text });

describe("whether an image fits its containers' disk", () => {
  it("counts a tenth and its layers beside its own size", async () => {
    // 1.8 GB x 1.1 + 1 layer = 1,997 MB; of two layers, 2,014.
    expect(await tooLarge("x@sha256:1", "exec", "lite", holds("1800000000 1\n"))).toBeUndefined();
    const lack = await tooLarge("x@sha256:1", "exec", "lite", holds("1800000000 2\n"));
    expect(lack).toContain("The image for exec needs 2.0 GB of disk, and talaria:sizes.exec (lite) has 2.");
    expect(lack).toContain("pulumi config set --path talaria:sizes.exec basic");
  });

  it("goes by the disk of a size of one's own, and says so where nothing is large enough", async () => {
    const size = { vcpu: 1, memoryGib: 4, diskGb: 3 };
    expect(await tooLarge("x@sha256:1", "hermes", size, holds("2500000000 5"))).toBeUndefined();
    expect(await tooLarge("x@sha256:1", "hermes", size, holds("2800000000 5"))).toContain("sizes.hermes basic");
    expect(await tooLarge("x@sha256:1", "hermes", "standard-4", holds("19000000000 9"))).toContain(
      "leave packages out",
    );
  });

  it("leaves an image to the platform that Docker here does not have, or does not tell of", async () => {
    expect(await tooLarge("x@sha256:1", "exec", "lite", holds("No such image", false))).toBeUndefined();
    expect(await tooLarge("x@sha256:1", "exec", "lite", holds("<no value>"))).toBeUndefined();
  });
});
