import { describe, expect, it } from "vitest";
import { aFakeBot } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const deaf = {
  ...{ code: "chatDeaf", about: "slack", urgent: true, what: "The bot does not hear slack.", flaps: 2 },
  next: "./talaria restart --gateway --stack prod",
};
const since = "2026-11-21T12:00:00.000Z";
const raised = {
  ...{ ...deaf, state: "raised", since, until: null },
  tried: [{ at: since, what: "a new gateway", outcome: "ready after 12 seconds" }],
  told: [{ channel: "webhook", at: since, problem: "hooks.example answers with status 500" }],
};
const report = {
  current: [raised],
  past: [{ ...deaf, state: "resolved", since, until: "2026-11-21T12:10:00.000Z", tried: [], told: [] }],
  channels: [{ name: "webhook", target: "hooks.example", lastTold: null, waiting: 1, problem: "status 500" }],
  quietUntil: null,
  breaker: [{ cause: "chatDeaf slack", open: true, remedies: [] }],
  ranWell: null,
  canary: { at: since, problem: null, tokens: 14_200, tokensToday: 28_400, ms: 3100 },
};

describe("talaria alarms", () => {
  it("says what is wrong, what was tried, what to type, and who was not told", async () => {
    const bot = await aFakeBot({ "GET /api/alarms": () => report });
    const { stdout } = await talaria(["alarms"], { bot });
    expect(stdout).toContain("URGENT chatDeaf slack: The bot does not hear slack.");
    expect(stdout).toContain("came back 2 times");
    expect(stdout).toContain("a new gateway: ready after 12 seconds");
    expect(stdout).toContain("type: ./talaria restart --gateway --stack prod");
    expect(stdout).toContain("nothing more is tried about chatDeaf slack");
    expect(stdout).toContain("webhook  hooks.example: FAILS, 1 waiting: status 500");
    expect(stdout).toContain("14200 tokens, 28400 today");
    expect(stdout).not.toContain("after 10 min");
    expect((await talaria(["alarms", "--all"], { bot })).stdout).toContain("over   chatDeaf slack");
    expect(JSON.parse((await talaria(["alarms", "--json"], { bot })).stdout)).toEqual(report);
  });

  it("says that nothing is wrong, and that nobody would be told", async () => {
    const none = { ...report, current: [], past: [], channels: [], breaker: [], canary: null };
    const bot = await aFakeBot({ "GET /api/alarms": () => none });
    const { stdout } = await talaria(["alarms"], { bot });
    expect(stdout).toContain("nothing is wrong");
    expect(stdout).toContain("told to nobody: set talaria:alarmWebhookUrl");
  });

  it("ends with 1 where a channel does not take a test, or there is none", async () => {
    const channel = (ok: boolean) => ({
      name: "webhook",
      target: "hooks.example",
      ok,
      problem: ok ? null : "status 404",
    });
    let channels = [channel(true)];
    const bot = await aFakeBot({ "POST /api/alarms/test": () => ({ channels }) });
    expect(await talaria(["alarms", "test"], { bot })).toMatchObject({
      code: 0,
      stdout: "webhook (hooks.example): told\n",
    });
    channels = [channel(false)];
    const failed = await talaria(["alarms", "test"], { bot });
    expect([failed.code, failed.stdout]).toEqual([1, "webhook (hooks.example): status 404\n"]);
    channels = [];
    expect((await talaria(["alarms", "test"], { bot })).stderr).toContain("talaria:alarmWebhookUrl");
  });
});
