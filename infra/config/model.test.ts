import { describe, expect, it } from "vitest";
import { reportModel } from "./model.ts";

function told(model: string, ...keys: string[]): string[] {
  const problems: string[] = [];
  const report = (key: string, reason: string) => void problems.push(`${key} ${reason}`);
  reportModel({ default: model }, keys, { report, set: (key, value) => `set ${key} ${value}` });
  return problems;
}

describe("the model of a stack", () => {
  it("goes to OpenRouter where only its key is set, if it is one of a provider that OpenRouter names alike", () => {
    expect(told("anthropic/claude-sonnet-4-6", "openrouterApiKey")).toEqual([]);
    expect(told("openai/gpt-5", "openrouterApiKey")).toEqual([]);
    expect(told("custom/mine", "openrouterApiKey")).toEqual([
      'model.default is "custom/mine", but talaria:modelApiKey is not set.',
      expect.stringContaining("model.baseUrl is missing"),
    ]);
  });

  it("needs the key of its provider otherwise", () => {
    expect(told("anthropic/claude-sonnet-4-6", "openaiApiKey")).toEqual([
      'model.default is "anthropic/claude-sonnet-4-6", but talaria:anthropicApiKey is not set.',
    ]);
  });
});
