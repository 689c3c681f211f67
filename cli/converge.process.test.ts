import { afterEach, describe, expect, it } from "vitest";
import { aStatus } from "./testing/aStatus.ts";
import { type FakeBot, failing, type Route, startFakeBot } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const bots: FakeBot[] = [];
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.close()));
});

async function converging(converge: Route, args: readonly string[] = [], more: Readonly<Record<string, Route>> = {}) {
  const bot = await startFakeBot({ "POST /api/converge": converge, ...more });
  bots.push(bot);
  return await talaria(["converge", "--interval", "0", ...args], { bot });
}

const starting = {
  converged: false,
  state: "starting",
  action: "starting",
  waitingFor: "the gateway",
  message: "starts",
};
const ready = { converged: true, state: "ready", action: "none", waitingFor: null, message: "The bot is ready." };
const failed = { converged: false, state: "failed", action: "none", waitingFor: null, message: "The gateway failed." };
const lastError = { code: "gatewayDied", message: "The gateway ended with 78.", next: "See ./talaria logs." };

describe("talaria converge", () => {
  it("says once what it waits for and ends when the bot is ready", async () => {
    const run = await converging((_response, _request, count) => (count < 4 ? starting : ready));
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^ +\d+ s {2}waiting for the gateway \(starting\)\n +\d+ s {2}The bot is ready\.\n$/);
  });

  it("counts a bot that sleeps as converged", async () => {
    const run = await converging(() => ({ ...ready, state: "stopped", action: "asleep" }));
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("asleep; applies at next wake");
  });

  it("puts up with a Worker that is not there yet", async () => {
    const run = await converging((response, request, count) => {
      if (count === 1) return void response.destroy();
      if (count === 2) return failing(404, { message: "There is nothing here yet" })(response, request, count);
      if (count === 3) return failing(500, {})(response, request, count);
      if (count === 4)
        return failing(401, { code: "tokenRefused", message: "old token", next: "" })(response, request, count);
      return ready;
    });
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("waiting for the Worker to answer");
  });

  it("gives up on a Worker that stays out of reach", async () => {
    const run = await converging((response) => void response.destroy(), ["--grace", "0", "--json"]);
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stderr).error).toMatchObject({ code: "neverReached" });
  });

  it("fails with the bot's last error when the bot has given up", async () => {
    const status = aStatus({ state: "failed", lastError });
    const run = await converging(() => failed, ["--json"], { "GET /api/status": () => status });
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stderr).error).toEqual(lastError);
  });

  it("does not wait for a start that the bot itself has given up, and says its reason", async () => {
    const status = aStatus({ state: "failed", lastError: { ...lastError, code: "gaveUp" } });
    const stuck = { ...starting, state: "failed" };
    const run = await converging(() => stuck, [], { "GET /api/status": () => status });
    expect(run).toMatchObject({ code: 1, stderr: `error: ${lastError.message}\n       ${lastError.next}\n` });
  });

  it("does not wait for a platform that goes on starting another image", async () => {
    const run = await converging(() => ({
      ...ready,
      converged: false,
      action: "drift",
      waitingFor: "x",
      message: "i1, not i2",
    }));
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("not what is declared: i1, not i2.");
  });

  it("goes on waiting while the bot tries again", async () => {
    const status = aStatus({ state: "failed", lastError: { ...lastError, code: "startFailed" } });
    const stuck = { ...starting, state: "failed" };
    const converge: Route = (_response, _request, count) => (count < 8 ? stuck : ready);
    const run = await converging(converge, [], { "GET /api/status": () => status });
    expect(run.code).toBe(0);
  });

  it("fails when the time is up, naming what it waited for", async () => {
    const run = await converging(() => starting, ["--timeout", "1", "--json"]);
    expect(JSON.parse(run.stderr).error).toMatchObject({
      code: "notConverged",
      message: expect.stringContaining("the gateway"),
    });
  });

  it("prints one object with --json", async () => {
    const run = await converging((_response, _request, count) => (count < 3 ? starting : ready), ["--json"]);
    expect(JSON.parse(run.stdout)).toMatchObject({ converged: true, state: "ready" });
  });
});
