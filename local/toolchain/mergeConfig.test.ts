import { describe, expect, it } from "vitest";
import { localDefaults } from "./localDefaults.ts";
import { mergeConfig } from "./mergeConfig.ts";

describe("the generated config", () => {
  const connection = { url: "now" };

  it("follows a declaration that changed", () => {
    const input = { declared: { a: "new" }, before: { a: "old" }, current: { a: "old" }, connection };
    expect(mergeConfig(input)).toEqual({ a: "new", url: "now" });
  });

  it("drops a declaration that is gone", () => {
    expect(mergeConfig({ declared: {}, before: { a: "old" }, current: { a: "old" }, connection })).toEqual(connection);
  });

  it("keeps what the user has set, added or removed, whatever is declared", () => {
    const before = { a: "old", b: { c: 1 }, gone: "x" };
    const current = { a: "mine", b: { c: 2 }, own: "mine" };
    const declared = { a: "new", b: { c: 3 }, gone: "y" };
    expect(mergeConfig({ declared, before, current, connection })).toEqual({ ...current, url: "now" });
  });

  it("always says where Cloudflare is now", () => {
    expect(mergeConfig({ declared: {}, before: {}, current: { url: "mine" }, connection })).toEqual(connection);
  });
});

describe("the model of a local stack", () => {
  const modelUrl = "http://127.0.0.1:9/v1";

  const where = { modelUrl, aiGatewayUrl: undefined };

  it("is the canned one, at its present address", () => {
    const committed = { model: { contextLength: 99_000 } };
    const { config, secrets } = localDefaults({ committed, ...where, ownKeys: ["engine"] });
    expect(config.model).toEqual({ default: "custom/canned", contextLength: 99_000, baseUrl: modelUrl });
    expect(secrets).toEqual({ modelApiKey: "canned-model" });
  });

  it("is the program's choice once the user has set a provider key", () => {
    const none = { config: {}, secrets: {} };
    expect(localDefaults({ committed: {}, ...where, ownKeys: ["anthropicApiKey"] })).toEqual(none);
  });

  it("finds AI gateways on this machine, whoever's key it has, and elsewhere where the committed file says so", () => {
    const aiGatewayUrl = "http://127.0.0.1:8/v1";
    const configOf = (aiGateway: object) =>
      localDefaults({ committed: { aiGateway }, modelUrl, aiGatewayUrl, ownKeys: ["openaiApiKey"] }).config;
    expect(configOf({ enabled: true })).toEqual({ aiGateway: { enabled: true, baseUrl: aiGatewayUrl } });
    expect(configOf({ baseUrl: "http://elsewhere" })).toEqual({ aiGateway: { baseUrl: "http://elsewhere" } });
  });
});
