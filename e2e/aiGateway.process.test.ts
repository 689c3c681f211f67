/** The way of models through an AI Gateway: the real Worker in workerd, the loopback gateway, the canned model. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LedgerEntry, type RunningAiGateway, startAiGateway } from "../local/aiGateway/index.ts";
import { keyHashOf } from "../local/aiGateway/ledger.ts";
import { accountId, aLoopback, type Loopback } from "../local/cloudflare/testing/loopback.ts";
import { type RunningModel, startModel } from "../local/model/index.ts";
import { startTestRuntime, type TestRuntime } from "../local/runtime/testing/fixture.ts";
import type { AiGatewayDeclaration } from "../worker/model/aiGatewaySchema.ts";
import { spendReportSchema } from "../worker/spend/report.ts";
import { bundledWorker } from "./bundledWorker.ts";
import { testUpload } from "./testUpload.ts";

const adminToken = "admin-token-0123456789";
const keys = { ANTHROPIC_API_KEY: "sk-ant-test", OPENAI_API_KEY: "sk-openai-test", OPENROUTER_API_KEY: "sk-or-test" };
/** Nano-dollars a token. */
const price = { input: 1_000, output: 4_000 };
const prices = Object.fromEntries(["openai/m", "anthropic/m", "openrouter/m", "openai/bytes"].map((id) => [id, price]));
const runGroup = "644535f4ed854494a59cb289d634b257";

/** An answer whose pieces end in the middle of events and of characters. */
const pieces = [
  Buffer.from(': a comment\r\n\r\ndata: {"choices":[{"delta":{"content":"gr'),
  Buffer.from([0xc3]),
  Buffer.from([0xbc]),
  Buffer.from('n"}}]}\n\nevent: odd\ndata:{"x":1}\n\ndata: {"choices":[],"usage":{"prompt_tokens":3,'),
  Buffer.from('"completion_tokens":1}}\n\ndata: [DONE]\n\n'),
];

let runtime: TestRuntime;
let loopback: Loopback;
let canned: RunningModel;
let gateway: RunningAiGateway;
let provider: Server;
let edge: Server;
let code: Uint8Array;
let token: string;
/** Keys that the provider was shown. */
const shown = new Set<string | undefined>();

beforeAll(async () => {
  const accepts = (key: string | undefined) => {
    shown.add(key);
    return key !== undefined;
  };
  [runtime, loopback, canned, code] = await Promise.all([
    ...([startTestRuntime({}), aLoopback(), startModel({ accepts }), bundledWorker("gatewayWorker.ts")] as const),
  ]);
  provider = await served(async (_path, write) => {
    for (const piece of pieces) {
      write(piece);
      await pause(20);
    }
  });
  edge = await served(async () => {}, 523);
  gateway = await startAiGateway({
    account: loopback.aiGateways,
    upstream: (_provider, key) => (key === "sk-of-bytes" ? addressOf(provider) : canned.url),
  });
  const own = {
    cache_invalidate_on_update: true,
    collect_logs: false,
    rate_limiting_interval: 0,
    rate_limiting_limit: 0,
  };
  for (const [id, cache_ttl] of [
    ["bots", 0],
    ["caching", 60],
  ] as const)
    await loopback.send("POST", "/ai-gateway/gateways", { ...own, id, cache_ttl, authentication: true });
  const resources = { [`com.cloudflare.api.account.${accountId}`]: "*" };
  const policies = [{ effect: "allow", permission_groups: [{ id: runGroup }], resources }];
  const { result } = await loopback.send("POST", "/tokens", { name: "models", policies });
  token = (result as { value: string }).value;
});
afterAll(async () => {
  await runtime?.stop();
  await gateway?.close();
  await canned?.close();
  await loopback?.close();
  for (const server of [provider, edge]) {
    server?.closeAllConnections();
    server?.close();
  }
});

/** A provider, or an edge before one, that answers every request with a stream. */
async function served(answer: (path: string, write: (piece: Buffer) => void) => Promise<void>, status = 200) {
  const server = createServer((request, response) => {
    request.resume();
    request.once("end", async () => {
      response.writeHead(status, { "content-type": "text/event-stream" });
      await answer(request.url ?? "/", (piece) => response.write(piece));
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const through = (name: string, more: Partial<AiGatewayDeclaration> = {}): AiGatewayDeclaration => ({
  ...{ url: `${gateway.url}/${accountId}/${name}`, logs: false, caches: false, onFailure: "fail", ...more },
});

/** Uploads the Worker with or without a gateway, and returns where it answers. */
async function upload(
  name: string,
  aiGateway?: AiGatewayDeclaration,
  openaiKey = keys.OPENAI_API_KEY,
): Promise<string> {
  await runtime.runtime.deploy(
    testUpload({
      name,
      code,
      classes: ["Agent", "ExecPool", "Spend"],
      declared: () => ({
        model: { default: "openai/m" },
        spend: { caps: { day: 1_000_000_000_000 }, prices, unknownPrice: "refuse" },
        ...(aiGateway && { aiGateway }),
      }),
      secrets: {
        ...{ ...keys, OPENAI_API_KEY: openaiKey, ADMIN_TOKEN: adminToken },
        ...(aiGateway && { AI_GATEWAY_TOKEN: token }),
      },
      variables: { PROVIDERS: canned.url },
    }),
  );
  await runtime.runtime.setPublic(name, true);
  return runtime.runtime.url(name);
}

/** Asks as the agent's container does. */
function ask(url: string, path: string, body: object): Promise<Response> {
  const headers = {
    "content-type": "application/json",
    "x-talaria-session": "s1",
    authorization: "Bearer placeholder",
  };
  return fetch(`${url}/inside/model${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

const chat = (url: string, content: string, more: object = {}) =>
  ask(url, "/v1/chat/completions", { model: "openai/m", messages: [{ role: "user", content }], ...more });

async function report(url: string) {
  const answer = await fetch(`${url}/api/cost`, { headers: { authorization: `Bearer ${adminToken}` } });
  return spendReportSchema.parse(await answer.json());
}

/** Once nothing is under way: the end of an answer is told after it. */
async function settled(url: string) {
  for (;;) {
    const now = await report(url);
    if (now.reserved === 0) return now;
    await pause(100);
  }
}

/** What an act added to the gateway's ledger. */
async function noted(act: () => Promise<unknown>): Promise<readonly LedgerEntry[]> {
  const before = gateway.ledger().length;
  await act();
  return gateway.ledger().slice(before);
}

const lastOf = (path: string) => path.replace(`/v1/${accountId}/bots`, "");
/** Of the connection, and of Workers in general. */
const ofTheConnection = [
  "accept",
  "accept-encoding",
  "accept-language",
  "cf-worker",
  "connection",
  "content-length",
  "host",
  "sec-fetch-mode",
  "user-agent",
];

describe("a model behind an AI Gateway", () => {
  /**
   * Path behind `…/v1/<account>/<gateway>` and headers, as developers.cloudflare.com/ai-gateway has them: usage/providers/anthropic,
   * …/openai, …/openrouter for paths and keys, configuration/authentication for the token, observability/custom-metadata,
   * observability/logging (`cf-aig-collect-log`), features/caching (`cf-aig-skip-cache`).
   */
  const documented = [
    [
      "/anthropic/v1/messages",
      "anthropic/m",
      "/anthropic/v1/messages",
      ["x-api-key", "anthropic-version"],
      keys.ANTHROPIC_API_KEY,
    ],
    [
      "/v1/chat/completions",
      "anthropic/m",
      "/anthropic/v1/chat/completions",
      ["authorization"],
      keys.ANTHROPIC_API_KEY,
    ],
    ["/v1/chat/completions", "openai/m", "/openai/chat/completions", ["authorization"], keys.OPENAI_API_KEY],
    ["/v1/responses", "openai/m", "/openai/responses", ["authorization"], keys.OPENAI_API_KEY],
    [
      "/v1/chat/completions",
      "openrouter/m",
      "/openrouter/chat/completions",
      ["authorization"],
      keys.OPENROUTER_API_KEY,
    ],
  ] as const;

  it("is asked by each provider's documented path and headers, and its key gets no further than gateway and provider", async () => {
    const url = await upload("through", through("bots"));
    for (const [path, model, expected, headers, key] of documented) {
      const text = `${model}${path}`;
      const messages = [{ role: "user", content: text }];
      const body = path === "/v1/responses" ? { model, input: text } : { model, max_tokens: 99, messages };
      shown.clear();
      const [entry, ...more] = await noted(async () => {
        const answer = await ask(url, path, body);
        expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("echo")]);
      });
      expect(more).toEqual([]);
      expect(lastOf(entry?.path ?? "")).toBe(expected);
      expect(entry?.headers.filter((name) => !ofTheConnection.includes(name))).toEqual(
        [
          "cf-aig-authorization",
          "cf-aig-collect-log",
          "cf-aig-metadata",
          "cf-aig-skip-cache",
          "content-type",
          ...headers,
        ].toSorted(),
      );
      expect(entry).toMatchObject({ keyHash: keyHashOf(key), logged: false, cached: false, status: 200 });
      expect(entry?.metadata).toEqual({ bot: "talaria-test", session: "s1" });
      expect([...shown]).toEqual([key]);
    }
    const said = [runtime.lines, canned.ledger(), gateway.ledger(), await report(url)].map((part) =>
      JSON.stringify(part),
    );
    for (const key of [...Object.values(keys), token]) expect(said.filter((part) => part.includes(key))).toEqual([]);
  });

  it("streams byte for byte, whatever the pieces are", async () => {
    const url = await upload("bytes", through("bots"), "sk-of-bytes");
    const answer = await chat(url, "hello", { stream: true });
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(Buffer.concat(pieces));
  });

  it("calls tools, and fails in the provider's words, as without a gateway", async () => {
    const urls = { through: await upload("through", through("bots")), straight: await upload("straight") };
    const tools = [
      { type: "function", function: { name: "terminal", parameters: { type: "object", properties: {} } } },
    ];
    const answersTo = async (url: string, content: string) => {
      const answer = await chat(url, content, { tools });
      const { status, headers } = answer;
      const text = (await answer.text()).replace(/canned\d+/g, "id").replace(/"created":\d+/g, '"created":0');
      return { status, text, type: headers.get("content-type"), retryAfter: headers.get("retry-after") };
    };
    const same = async (content: string) => {
      const answer = await answersTo(urls.through, content);
      expect(answer).toEqual(await answersTo(urls.straight, content));
      return answer;
    };
    expect((await same("RUN ls")).text).toContain('"tool_calls"');
    expect(await same("FAULT refused-key")).toMatchObject({
      status: 401,
      text: expect.stringContaining("openaiApiKey"),
    });
    expect(await same("FAULT 429")).toMatchObject({ status: 429, retryAfter: "1" });
    expect((await same("FAULT 500")).status).toBe(500);
    expect((await same("FAULT no-credit")).status).toBe(402);
    expect(await noted(() => chat(urls.straight, "hello"))).toEqual([]);
  });

  it("counts its cost once through a gateway, too, and nothing for what a cache answers", async () => {
    const url = await upload("caching", through("caching", { caches: true }));
    const before = canned.ledger().length;
    for (const content of ["one", "two", "one", "one"]) await (await chat(url, content)).text();
    const asked = canned.ledger().slice(before);
    expect(asked).toHaveLength(2);
    const cost = asked.map(
      ({ promptTokens, completionTokens }) => promptTokens * price.input + completionTokens * price.output,
    );
    const { total } = await settled(url);
    expect(total).toMatchObject({ requests: 4, estimated: 0, nanos: cost.reduce((sum, one) => sum + one, 0) });
  });

  it("names the gateway where it is the one that refuses", async () => {
    const url = await upload("through", through("nowhere"));
    expect(await (await chat(url, "hello")).text()).toContain(
      "The AI Gateway before the provider openai answered with status 400: Please configure AI Gateway",
    );
  });

  it("fails while the gateway is out of reach, or goes straight where nothing can have been sent to it, as declared", async () => {
    const before = canned.ledger().length;
    const behind = (onFailure: AiGatewayDeclaration["onFailure"]) =>
      through("bots", { url: addressOf(edge), onFailure });
    const failed = await chat(await upload("failing", behind("fail")), "hello");
    expect(await failed.text()).toContain("The AI Gateway before the provider openai could not be reached");
    expect(canned.ledger()).toHaveLength(before);
    const went = await chat(await upload("going", behind("direct")), "hello");
    expect([went.status, await went.text()]).toEqual([200, expect.stringContaining("echo: hello")]);
    expect(canned.ledger()).toHaveLength(before + 1);
  });

  it("makes nothing twice of what a connection lost, whether it was refused or broke", async () => {
    let taken = 0;
    const breaking = createServer((request) => {
      taken += 1;
      request.once("data", () => request.socket.destroy());
    });
    await new Promise<void>((resolve) => breaking.listen(0, "127.0.0.1", resolve));
    const before = canned.ledger().length;
    const url = await upload("going", through("bots", { url: addressOf(breaking), onFailure: "direct" }));
    const lost = "could not be reached, or was lost while it worked: Network connection lost.";
    expect(await (await chat(url, "hello")).text()).toContain(lost);
    expect(taken).toBe(1);
    breaking.closeAllConnections();
    await new Promise((resolve) => breaking.close(resolve));
    expect(await (await chat(url, "hello")).text()).toContain(lost);
    expect(canned.ledger()).toHaveLength(before);
  });
});
