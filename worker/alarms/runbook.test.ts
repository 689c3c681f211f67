import fs from "node:fs";
import { expect, it } from "vitest";
import { readme, withRunbook } from "./runbook.ts";

it("stands in the README as the table of causes says it (node worker/alarms/runbook.ts writes it)", () => {
  const text = fs.readFileSync(readme, { encoding: "utf8" });
  expect(withRunbook(text)).toBe(text);
});
