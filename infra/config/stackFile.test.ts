import path from "node:path";
import { describe, expect, it } from "vitest";
import { top } from "./repository.ts";
import { stackFile, stackFilePath } from "./stackFile.ts";

describe("where a stack's file is", () => {
  it("is beside Pulumi.yaml, and for a local stack where npm run pulumi keeps it", () => {
    expect(stackFilePath("prod", undefined)).toBe("Pulumi.prod.yaml");
    const kept = path.join(top, ".talaria", "stacks", "Pulumi.local.yaml");
    expect(stackFilePath("local", kept)).toBe(".talaria/stacks/Pulumi.local.yaml");
    expect(stackFilePath("local", "/elsewhere/Pulumi.local.yaml")).toBe("/elsewhere/Pulumi.local.yaml");
  });

  it("is not that of another stack", () => {
    expect(stackFilePath("prod", "/elsewhere/Pulumi.local.yaml")).toBe("Pulumi.prod.yaml");
  });
});

it("finds the line of a name with a dot of its own", () => {
  const text = "config:\n  talaria:spend:\n    prices:\n      openai/gpt-4.1: { input: 1 }\n";
  const { locate } = stackFile("Pulumi.dev.yaml", text, "talaria");
  expect(locate('spend.prices["openai/gpt-4.1"].input')).toBe("Pulumi.dev.yaml:4");
});
