import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { textsIn } from "./scanImage.ts";

it("finds a text wherever chunks are cut, and says which", async () => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-texts-"));
  const file = path.join(folder, "layer");
  await fs.writeFile(file, `${"x".repeat(37)}the-secret${"y".repeat(41)}`);
  for (const chunk of [3, 7, 10, 40, 1000])
    expect([...(await textsIn(file, ["absent", "the-secret"], chunk))]).toEqual([1]);
  await fs.rm(folder, { recursive: true });
});
