import { describe, expect, it } from "vitest";
import { type ModelConfig, pickProvider } from "./provider.ts";

const config = (keys: ModelConfig["keys"], more: Partial<ModelConfig> = {}): ModelConfig => ({
  keys,
  customBaseUrl: undefined,
  defaultModel: "anthropic/claude-sonnet-4-6",
  ...more,
});

describe("picking a provider", () => {
  it("goes by the model's prefix and strips it", () => {
    const target = pickProvider("openai/gpt-5", config({ openai: "k1", anthropic: "k2" }));
    expect(target).toMatchObject({ provider: "openai", model: "gpt-5", key: "k1" });
  });

  it("takes the default model when none is named", () => {
    expect(pickProvider(undefined, config({ anthropic: "k" }))).toMatchObject({ model: "claude-sonnet-4-6" });
  });

  it("sends an id without prefix to the default model's provider", () => {
    const custom = config({ custom: "k" }, { customBaseUrl: "http://127.0.0.1:1/v1/", defaultModel: "custom/canned" });
    expect(pickProvider("llama", custom)).toMatchObject({
      provider: "custom",
      model: "llama",
      baseUrl: "http://127.0.0.1:1/v1",
    });
  });

  it("falls to OpenRouter, with the whole id, when only that key is set", () => {
    const target = pickProvider("anthropic/claude-sonnet-4-6", config({ openrouter: "k" }));
    expect(target).toMatchObject({ provider: "openrouter", model: "anthropic/claude-sonnet-4-6" });
  });

  it("names the config line of a key that is not set", () => {
    const asked = () => pickProvider("openai/gpt-5", config({ anthropic: "k" }));
    expect(asked).toThrow(/openai/);
    expect(asked).toThrow(
      expect.objectContaining({ status: 400, next: expect.stringContaining("talaria:openaiApiKey") }),
    );
  });
});
