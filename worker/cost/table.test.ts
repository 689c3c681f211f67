import fs from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { withCostTable } from "./table.ts";

it("stands in the README as the estimate says it (node worker/cost/table.ts writes it)", () => {
  const readme = fs.readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url).href), "utf8");
  expect(withCostTable(readme)).toBe(readme);
});
