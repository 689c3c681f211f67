import { expect, test } from "vitest";
import { botConfig } from "../config.ts";
import { aSource } from "../testing/source.ts";
import { withCodexHosts } from "./codex.ts";

const codex = { model: { default: "openai-codex/gpt-5.4" }, anthropicApiKey: undefined };

function message(changes: Record<string, unknown>): string {
  try {
    botConfig(aSource(changes));
  } catch (error) {
    return String((error as Error).message);
  }
  return "no problem";
}

test("a model by Hermes' own login needs no provider's key", () => {
  expect(message(codex)).toBe("no problem");
  expect(message({ anthropicApiKey: undefined })).toContain("talaria:anthropicApiKey is missing");
  expect(message({ ...codex, model: { default: "openai-codex/" } })).toContain("does not begin with a provider");
  expect(message({ ...codex, model: { default: "openai-codx/gpt-5.4" } })).toContain("(openai-codex?)");
});

test("an allowlist holds OpenAI's hosts for such a model alone, and no network is refused", () => {
  const network = { network: "allowlist", hosts: ["example.com"] } as const;
  expect(withCodexHosts({ ...network, hosts: ["chatgpt.com"] }, "openai-codex/gpt-5.4").hosts).toEqual([
    "chatgpt.com",
    "auth.openai.com",
  ]);
  expect(withCodexHosts({ ...network, hosts: [...network.hosts] }, "openai/gpt-5.4").hosts).toEqual(["example.com"]);
  expect(message({ ...codex, agent: { network: "allowlist" } })).toBe("no problem");
  expect(message({ ...codex, agent: { network: "none" } })).toContain(
    "talaria:agent.network keeps Hermes from chatgpt.com and auth.openai.com",
  );
});
