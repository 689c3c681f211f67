import fs from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { plainKeys } from "./keys.ts";
import { withTable } from "./table.ts";

const file = (name: string) => fs.readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");

describe("the documentation of configuration keys", () => {
  it("stands in the README as the code says it (node infra/config/table.ts writes it)", () => {
    expect(withTable(file("README.md"))).toBe(file("README.md"));
  });

  it("stands in Pulumi.yaml in the same words", () => {
    const { config } = parse(file("Pulumi.yaml")) as { config: Record<string, { description: string }> };
    const meanings: Record<string, { meaning: string }> = plainKeys;
    for (const [key, { description }] of Object.entries(config))
      expect([key, description]).toEqual([key, meanings[key]?.meaning]);
  });
});
