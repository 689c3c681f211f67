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

  it("gives each key in Pulumi.yaml but the account's a default: the engine refuses a stack that lacks a key without one", () => {
    const { config } = parse(file("Pulumi.yaml")) as {
      config: Record<string, { default?: unknown; secret?: boolean }>;
    };
    const without = Object.entries(config).filter(
      ([, { default: standard, secret }]) => standard === undefined && !secret,
    );
    expect(without.map(([key]) => key)).toEqual([]);
  });
});
