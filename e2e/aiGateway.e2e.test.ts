/** A stack whose model is asked through an AI Gateway, from one change of its config to the next, which takes the gateway away. */
import fs from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { LedgerEntry } from "../local/aiGateway/index.ts";
import { keyHashOf } from "../local/aiGateway/ledger.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

const up = ["up", "--yes", "--skip-preview"];
const script = "workers/scripts/talaria-local";
/** Begins as the canned model's, so the loopback gateway goes there. */
const key = "canned-model-of-the-e2e-test-0123456789";
const listSchema = z.array(z.looseObject({ name: z.string().optional(), id: z.string().optional() }));

let local: LocalSystem;
beforeAll(async () => {
  local = await startLocal();
  mustPass(await local.pulumi(["config", "set", "--secret", "talaria:openaiApiKey", key]));
  await set("model.default", "openai/gpt-5-mini");
  await set("model.contextLength", "128000");
});
afterAll(() => local?.stop());

async function set(name: string, value: string): Promise<void> {
  mustPass(await local.pulumi(["config", "set", "--path", `talaria:${name}`, value]));
}

async function ledger(): Promise<readonly LedgerEntry[]> {
  const text = await fs.readFile(path.join(local.stateDir, "ai-gateway-ledger.jsonl"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): LedgerEntry => JSON.parse(line));
}

/** Gateways, tokens and secrets of the Worker, by name. */
async function made() {
  const names = async (route: string) =>
    listSchema.parse((await local.cloudflare("GET", route)).result).map(({ name, id }) => name ?? id ?? "");
  const [gateways, tokens, secrets] = await Promise.all(
    ["ai-gateway/gateways", "tokens", `${script}/secrets`].map(names),
  );
  return { gateways, tokens, secrets };
}

/** Programs that have a text in their environment or their command. */
async function holding(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await local.processes())
    for (const file of ["environ", "cmdline"]) {
      const content = await fs.readFile(`/proc/${pid}/${file}`, "utf8").catch(() => ""); // one that has just ended
      if (content.includes(text)) found.push(`${pid} ${file}`);
    }
  return found;
}

it("is made by one change of the config, with a day's dollars, and has nothing to change after that", async () => {
  expect((await made()).gateways).toEqual([]);
  await set("aiGateway.enabled", "true");
  await set("aiGateway.dollarsPerDay", "5");
  mustPass(await local.pulumi(up));
  expect(await made()).toMatchObject({
    gateways: ["talaria-local-models"],
    tokens: expect.arrayContaining(["talaria-local-models"]),
    secrets: expect.arrayContaining(["AI_GATEWAY_TOKEN", "OPENAI_API_KEY"]),
  });
  expect((await local.cloudflare("GET", "ai-gateway/gateways/talaria-local-models")).result).toMatchObject({
    ...{ authentication: true, collect_logs: false, cache_ttl: 0 },
    spend_limits: { enabled: true, rules: [{ limit: 5, limitType: "cost", window: 86_400 }] },
  });
  mustPass(await local.pulumi(["preview", "--expect-no-changes"]));
});

it("passes what Hermes asks of its model, and its key is the gateway's and the provider's alone", async () => {
  const chat = mustPass(await local.talaria(["chat", "--no-stream", "hello through the gateway"]));
  expect(chat.stdout).toContain("echo: hello through the gateway");
  const entries = await ledger();
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries)
    expect(entry).toMatchObject({
      path: `/v1/${local.accountId}/talaria-local-models/openai/chat/completions`,
      ...{ keyHash: keyHashOf(key), status: 200, code: null, logged: false, cached: false },
      metadata: { bot: "talaria-local" },
    });
  expect(entries.map(({ metadata }) => metadata?.session)).toContainEqual(expect.stringMatching(/./));
  expect(await holding(key)).toEqual([]);
  expect(await local.commands.leaks(new Set([key]))).toEqual([]);
});

it("is gone after one change of the config, with its token and the Worker's secret", async () => {
  await set("aiGateway.enabled", "false");
  mustPass(await local.pulumi(up));
  const { gateways, tokens, secrets } = await made();
  expect(gateways).toEqual([]);
  expect(tokens).not.toContain("talaria-local-models");
  expect(secrets).not.toContain("AI_GATEWAY_TOKEN");
  expect((await local.api("/health")).status).toBe(200);
});
