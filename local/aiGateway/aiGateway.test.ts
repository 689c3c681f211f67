import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { accountId, aLoopback, type Loopback, token } from "../cloudflare/testing/loopback.ts";
import { type RunningModel, startModel } from "../model/index.ts";
import { type RunningAiGateway, startAiGateway } from "./index.ts";
import { Window } from "./window.ts";

const key = "sk-of-a-provider";
const run = "644535f4ed854494a59cb289d634b257";
const bots = { id: "bots", cache_invalidate_on_update: true, cache_ttl: 60, collect_logs: false };
const unlimited = { rate_limiting_interval: 0, rate_limiting_limit: 0, authentication: true };

let loopback: Loopback;
let model: RunningModel;
let gateway: RunningAiGateway;

beforeEach(async () => {
  [loopback, model] = await Promise.all([aLoopback(), startModel({ apiKey: key })]);
  gateway = await startAiGateway({ account: loopback.aiGateways, upstream: () => model.url });
});
afterEach(async () => {
  await gateway.close();
  await model.close();
  await loopback.close();
});

async function made(changes: object = {}): Promise<void> {
  const { success, errors } = await loopback.send("POST", "/ai-gateway/gateways", {
    ...bots,
    ...unlimited,
    ...changes,
  });
  if (!success) throw new Error(JSON.stringify(errors));
}

/** A token of the account with one permission group. */
async function aToken(group: string): Promise<string> {
  const resources = { [`com.cloudflare.api.account.${accountId}`]: "*" };
  const policies = [{ effect: "allow", permission_groups: [{ id: group }], resources }];
  const { result } = await loopback.send("POST", "/tokens", { name: "t", policies });
  return (result as { value: string }).value;
}

async function ask(text: string, { path = "bots/openai/chat/completions", auth = `Bearer ${token}`, more = {} } = {}) {
  const body = JSON.stringify({ model: "gpt-5", messages: [{ role: "user", content: text }] });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "cf-aig-authorization": auth };
  const answer = await fetch(`${gateway.url}/${accountId}/${path}`, {
    ...{ method: "POST", body, headers: { ...headers, ...more } },
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Record<string, unknown> };
}

const own = (code: number, httpCode: number, message: unknown) => ({
  ...{ success: false, result: [], messages: [], error: [{ code, message }] },
  ...{ name: "AiGatewayError", httpCode, internalCode: code },
});

describe("the loopback AI gateway", () => {
  it("lets through whoever shows a token that may run, and nobody else, in the real one's words", async () => {
    await made();
    expect((await ask("hello", { auth: `Bearer ${await aToken(run)}` })).status).toBe(200);
    const deploys = await aToken("bf7481a1826f439697cb59a20b22293e");
    for (const auth of ["", "Bearer nobody", `Bearer ${deploys}`, `Bearer ${key}`])
      expect(await ask("hello", { auth })).toMatchObject({ status: 401, body: own(2009, 401, "Unauthorized") });
    expect(model.ledger()).toHaveLength(1);
    await made({ id: "open", authentication: false });
    expect((await ask("hello", { auth: "", path: "open/openai/chat/completions" })).status).toBe(200);
  });

  it("knows the account's gateways and three providers", async () => {
    await made();
    expect(await ask("hello", { path: "other/openai/chat/completions" })).toMatchObject({
      ...{ status: 400, body: own(2001, 400, "Please configure AI Gateway in the Cloudflare dashboard") },
    });
    expect(await ask("hello", { path: "bots/nobody/chat/completions" })).toMatchObject({
      ...{ status: 400, body: own(2008, 400, "Invalid provider") },
    });
    for (const path of ["anthropic/v1/chat/completions", "openrouter/chat/completions", "openai/v1/chat/completions"])
      expect((await ask("hello", { path: `bots/${path}` })).status).toBe(200);
  });

  it("answers an equal request from its cache until the gateway changes, unless the request will have none of it", async () => {
    await made();
    const statusOf = async (more = {}) => (await ask("hello", { more })).headers.get("cf-aig-cache-status");
    expect([await statusOf(), await statusOf(), await statusOf({ "cf-aig-skip-cache": "true" })]).toEqual([
      ...["MISS", "HIT", "MISS"],
    ]);
    expect(model.ledger()).toHaveLength(2);
    expect(gateway.ledger().map(({ cached }) => cached)).toEqual([false, true, false]);
    await loopback.send("PUT", "/ai-gateway/gateways/bots", { ...bots, ...unlimited });
    expect(await statusOf()).toBe("MISS");
  });

  it("keeps answers though the cache's life is 0, as the real one has been seen to", async () => {
    await made({ cache_ttl: 0 });
    await ask("hello");
    expect((await ask("hello")).headers.get("cf-aig-cache-status")).toBe("HIT");
  });

  it("keeps no answer that failed", async () => {
    await made();
    expect((await ask("FAULT 500 once")).status).toBe(500);
    expect((await ask("FAULT 500 once")).status).toBe(200);
  });

  it("refuses more requests in a time than declared", async () => {
    await made({ rate_limiting_interval: 86_400, rate_limiting_limit: 2, rate_limiting_technique: "sliding" });
    const answers = [await ask("one"), await ask("two"), await ask("three")];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.body).toEqual(own(2003, 429, "Rate limited"));
  });

  it("refuses what costs when more was spent in a time than declared, and gives for free what it has", async () => {
    const rules = [{ id: "day", limit: 0.000_001, limitType: "cost", window: 86_400, technique: "fixed" }];
    await made({ spend_limits: { enabled: true, rules } });
    expect((await ask("one")).status).toBe(200);
    const said = "Spend limit exceeded: rule 'day' (cost limit 0.000001 per 86400s, fixed) for openai gpt-5";
    expect(await ask("two")).toMatchObject({ status: 429, body: own(2045, 429, said) });
    expect((await ask("one")).status).toBe(200);
    expect(gateway.ledger().map(({ dollars }) => dollars > 0)).toEqual([true, false, false]);
    await loopback.send("PUT", "/ai-gateway/gateways/bots", { ...bots, ...unlimited, spend_limits: { rules: [] } });
    expect((await ask("two")).status).toBe(200);
  });

  it("writes down who asked how, and neither a key nor a word", async () => {
    await made({ collect_logs: true });
    const more = {
      "cf-aig-metadata": '{"bot":"b","n":1,"a":"a","c":"c","d":"d","e":"e"}',
      "cf-aig-collect-log": "false",
    };
    await ask("PRIVATE", { more });
    await ask("PRIVATE", { more: { "cf-aig-metadata": '{"bot":{"nested":true}}' } });
    const [first, second] = gateway.ledger();
    expect(first).toMatchObject({
      ...{ path: `/v1/${accountId}/bots/openai/chat/completions`, logged: false, status: 200, code: null },
      ...{ metadata: { bot: "b", n: 1, a: "a", c: "c", d: "d" } },
      keyHash: createHash("sha256").update(key).digest("hex"),
    });
    expect(first?.headers).toEqual(expect.arrayContaining(["authorization", "cf-aig-authorization"]));
    expect(second).toMatchObject({ logged: true, metadata: null });
    expect(JSON.stringify(gateway.ledger())).not.toMatch(/PRIVATE|sk-of/);
  });

  it("says that a provider does not answer", async () => {
    await made();
    await model.close();
    expect(await ask("hello")).toMatchObject({
      ...{ status: 500, body: own(2002, 500, expect.stringContaining("ECONNREFUSED")) },
    });
    model = await startModel({ apiKey: key });
  });
});

describe("a window of a limit", () => {
  it("begins with the clock, and slides by what of the one before still lies within it", () => {
    const window = new Window(60);
    window.add(10, 30_000);
    expect([window.sum("fixed", 59_000), window.sum("fixed", 60_000)]).toEqual([10, 0]);
    expect([window.sum("sliding", 60_000), window.sum("sliding", 90_000), window.sum("sliding", 180_000)]).toEqual([
      ...[10, 5, 0],
    ]);
  });
});
