import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningModel, startModel } from "../local/model/index.ts";
import { startTestRuntime, type TestRuntime } from "../local/runtime/testing/fixture.ts";
import { type SpendReport, spendReportSchema } from "../worker/spend/report.ts";
import { bundledWorker } from "./bundledWorker.ts";
import { testUpload } from "./testUpload.ts";

const adminToken = "admin-token-0123456789";
const model = "custom/canned";
/** Nano-dollars a token. */
const price = { input: 1_000, output: 4_000 };
/** Tokens that an answer may have. */
const maxTokens = 400;
/** A tenth of a cent is what a request may cost at most, about. */
const cap = 20_000_000;

let runtime: TestRuntime;
let canned: RunningModel;
let code: Uint8Array;
let url: string;

beforeAll(async () => {
  [runtime, canned, code] = await Promise.all([startTestRuntime({}), startModel(), bundledWorker("spendWorker.ts")]);
  await upload();
  await runtime.runtime.setPublic("spend", true);
  url = await runtime.runtime.url("spend");
});
afterAll(async () => {
  await runtime.stop();
  await canned.close();
});

/** Uploads the Worker, which resets its objects and cuts what it does. */
async function upload(): Promise<void> {
  await runtime.runtime.deploy(
    testUpload({
      name: "spend",
      code,
      classes: ["Agent", "ExecPool", "Spend"],
      declared: () => ({
        model: { default: model, baseUrl: `${canned.url}/v1` },
        spend: { caps: { day: cap }, prices: { [model]: price }, unknownPrice: "refuse" },
      }),
      secrets: { MODEL_API_KEY: "sk-of-the-test", ADMIN_TOKEN: adminToken },
    }),
  );
}

async function ask(
  content: string,
  session: string,
  signal: AbortSignal | null = null,
): Promise<{ status: number; text: string }> {
  const body = JSON.stringify({
    ...{ model: "canned", stream: true, max_tokens: maxTokens, stream_options: { include_usage: true } },
    messages: [{ role: "user", content }],
  });
  const headers = { "content-type": "application/json", "x-talaria-session": session };
  const call = () => fetch(`${url}/inside/model/v1/chat/completions`, { method: "POST", headers, body, signal });
  const answer = await call().catch(() => undefined); // an upload cuts it, or the test
  const text = await answer?.text().catch(() => "cut");
  return { status: answer?.status ?? 0, text: text ?? "cut" };
}

async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
  const headers = { authorization: `Bearer ${adminToken}`, "content-type": "application/json" };
  const answer = await fetch(`${url}${path}`, { ...init, headers });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as T;
}

const report = async (): Promise<SpendReport> => spendReportSchema.parse(await api("/api/cost"));

/** What the model served, by its own book. */
const served = () =>
  canned
    .ledger()
    .filter(({ status }) => status === 200)
    .reduce(
      (sum, { promptTokens, completionTokens }) => sum + promptTokens * price.input + completionTokens * price.output,
      0,
    );

/** Until nothing is under way, or what is will not end by itself. */
async function settled(): Promise<SpendReport> {
  for (let last = await report(); ; ) {
    await pause(500);
    const next = await report();
    if (next.reserved === last.reserved && next.total.requests === last.total.requests) return next;
    last = next;
  }
}

describe("a spending cap under fifty streams at once", () => {
  it("counts every answer once, by what was reported, or by the most that it can have been", {
    timeout: 300_000,
  }, async () => {
    const words = "word ".repeat(60);
    const faults = [
      "",
      "FAULT slow 1",
      "FAULT cut",
      "FAULT no-usage",
      "FAULT wrong-usage",
      "FAULT drip 1",
      "FAULT 500",
    ];
    const requests = Array.from({ length: 50 }, (_, at) =>
      ask(`${words}${at}\n${faults[at % faults.length]}`, `s${at % 5}`),
    );
    await pause(1_500);
    await upload();
    const answers = await Promise.all(requests);
    const { total, reserved, bySession } = await settled();
    // What is sent is below a kilobyte.
    const worst = 4_000 * price.input + maxTokens * price.output;

    expect(total.nanos + reserved).toBeGreaterThanOrEqual(served());
    expect(total.nanos).toBeLessThanOrEqual(cap + worst);
    expect(served()).toBeLessThanOrEqual(cap + worst);
    expect(total.requests).toBeLessThanOrEqual(50);
    expect(bySession.filter(({ name }) => !/^s[0-4]$/.test(name))).toEqual([]);
    const statuses = new Set(answers.map(({ status }) => status));
    expect(statuses.has(200)).toBe(true);
    console.log(
      `50 streams, one upload between: counted ${total.nanos} (${total.estimated} estimated) and ${reserved} under way, served ${served()}, cap ${cap}; statuses ${[...statuses].join(" ")}`,
    );
  });

  it("counts what is reported to the last nano-dollar", { timeout: 120_000 }, async () => {
    await api("/api/cap", { method: "POST", body: JSON.stringify({ action: "raise", scope: "day", dollars: 10 }) });
    const before = await settled();
    const servedBefore = served();
    await Promise.all(Array.from({ length: 50 }, (_, at) => ask(`plain ${at}`, "exact")));
    const after = await settled();
    expect(after.total.nanos - before.total.nanos).toBe(served() - servedBefore);
    expect(after.bySession.find(({ name }) => name === "exact")).toMatchObject({ requests: 50, estimated: 0 });
  });

  it.each([
    ["before anything comes", "FAULT slow 3"],
    ["in the middle of a stream", "FAULT drip 1"],
  ])(
    "counts once, and at most what was reserved, a request whose client leaves %s",
    { timeout: 120_000 },
    async (_when, fault) => {
      const before = await settled();
      await ask(`${"word ".repeat(60)}\n${fault}`, "left", AbortSignal.timeout(1_500));
      const after = await settled();
      expect([after.reserved, after.total.requests - before.total.requests]).toEqual([before.reserved, 1]);
      expect(after.total.nanos).toBeGreaterThan(before.total.nanos);
      expect(after.total.nanos - before.total.nanos).toBeLessThan(4_000 * price.input + maxTokens * price.output);
    },
  );

  it("neither makes nor counts a request whose client leaves while it waits for room", {
    timeout: 120_000,
  }, async () => {
    const before = await settled();
    const raise = (dollars: number) =>
      api("/api/cap", { method: "POST", body: JSON.stringify({ action: "raise", scope: "day", dollars }) });
    await raise(((before.standing[0]?.spent ?? 0) + before.reserved) / 1e9 + 0.01);
    const first = ask(`${"word ".repeat(1_200)}\nFAULT slow 4`, "first");
    await pause(1_000);
    const asked = canned.ledger().length;
    await ask("second", "second", AbortSignal.timeout(1_000));
    await first;
    const after = await settled();
    expect([after.reserved, after.total.requests - before.total.requests]).toEqual([before.reserved, 1]);
    expect(canned.ledger().length).toBe(asked + 1);
    await raise(10);
  });

  it("refuses at the cap with words that a person understands, and lets through again after it is raised", {
    timeout: 120_000,
  }, async () => {
    const { standing } = await report();
    const spent = (standing[0]?.spent ?? 0) / 1e9;
    const raise = (dollars: number) =>
      api("/api/cap", { method: "POST", body: JSON.stringify({ action: "raise", scope: "day", dollars }) });
    await raise(spent);
    const { status, text } = await ask("hello", "s0");
    expect(status).toBe(402);
    expect(JSON.parse(text).error.message).toMatch(
      /spending cap is reached: \$\d.* of \$\d.* for this day.*cap raise --day/,
    );
    await raise(spent + 1);
    expect((await ask("hello", "s0")).status).toBe(200);
    await api("/api/cap", { method: "POST", body: JSON.stringify({ action: "pause" }) });
    expect(JSON.parse((await ask("hello", "s0")).text).error.message).toContain("paused all requests");
    await api("/api/cap", { method: "POST", body: JSON.stringify({ action: "resume" }) });
    expect((await ask("hello", "s0")).status).toBe(200);
  });

  it("refuses a model of which nobody knows a price, naming what to type", async () => {
    const body = JSON.stringify({ model: "custom/other", messages: [{ role: "user", content: "hello" }] });
    const answer = await fetch(`${url}/inside/model/v1/chat/completions`, { method: "POST", body });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("talaria:spend.prices");
    expect((await report()).unpriced).toEqual(["custom/other"]);
  });
});
