import fs from "node:fs";
import { expect, it } from "vitest";
import { parse } from "yaml";
import { environmentNames, environments } from "./environments.ts";

it.each(environmentNames)("begins a stack as Pulumi.%s.yaml does, which everybody reads", (name) => {
  const text = fs.readFileSync(new URL(`../../Pulumi.${name}.yaml`, import.meta.url), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  const { "talaria:model": _default, ...rest } = config;
  expect(rest).toEqual(
    Object.fromEntries(Object.entries(environments[name]).map(([key, value]) => [`talaria:${key}`, value])),
  );
});
