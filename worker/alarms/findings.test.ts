import { describe, expect, it } from "vitest";
import { noFailures } from "../agent/backoff.ts";
import { blankSchedule } from "../snapshots/due.ts";
import { memoryReport } from "../snapshots/report.ts";
import { type Facts, noTrouble } from "./facts.ts";
import { sightOf } from "./findings.ts";
import { noModelCalls } from "./modelCalls.ts";

const now = Date.parse("2026-11-21T12:00:00Z");
const day = 86_400_000;
const limits = { heartbeatSeconds: 180, jobLateSeconds: 300, errorLines: 30, modelFailures: 3 };
const memory = memoryReport({
  ...{ promoted: null, record: undefined, schedule: blankSchedule, last: null, run: null, lastDrill: null },
  ...{ lastCare: null, raised: [], up: true, intervalMs: 300_000, now },
});
const healthy: Facts = {
  ...{ now, state: "ready", stateSince: now - day, desired: "running", moving: false, failures: noFailures },
  ...{ lastError: null, nextJob: null, trouble: noTrouble, vitals: null, memory, savedSince: null, drillDays: 7 },
  ...{
    models: noModelCalls,
    spend: { standing: [], unpriced: [], unknownPrice: "refuse" },
    canary: null,
    exec: null,
    channels: [],
  },
};
const found = (change: Partial<Facts>) =>
  sightOf({ ...healthy, ...change }, limits).present.map(({ code, about }) => `${code}${about && ` ${about}`}`);
const nextJob = { name: "news", at: new Date(now - 20 * 60_000).toISOString() };

describe("what a look concludes", () => {
  it.each<[string, Partial<Facts>, string[]]>([
    ["nothing of a healthy bot", {}, []],
    [
      "that a sleeping bot did not wake for its job",
      { desired: "asleep", state: "stopped", nextJob },
      ["jobMissed news"],
    ],
    ["nothing of a job of a bot stopped on purpose", { desired: "stopped", state: "stopped", nextJob }, []],
    ["that a start hangs", { state: "starting", stateSince: now - 11 * 60_000 }, ["notStarting"]],
    ["nothing of a start that goes on", { state: "starting", stateSince: now - 60_000 }, []],
    ["that nobody has proved the memory", { savedSince: now - 15 * day }, ["drillLate"]],
    ["that a drill failed", { memory: alarmed("drill_failed") }, ["drillFailed"]],
    ["what the memory raises", { memory: alarmed("snapshot_lost") }, ["memoryAlarm snapshot_lost"]],
    ["that the sandboxes' object is gone", { exec: "reset" }, ["execFailed"]],
    [
      "that a channel takes nothing",
      { channels: [{ name: "slack", problem: "x", since: now }] },
      ["channelFailed slack"],
    ],
    [
      "how much of a cap is spent, by the highest step alone",
      {
        spend: {
          standing: [
            { scope: "day", spent: 76, cap: 100, declared: 100 },
            { scope: "month", spent: 100, cap: 100, declared: 100 },
          ],
          unpriced: ["custom/new"],
          unknownPrice: "refuse",
        },
      },
      ["spendCapReached 2026-11", "spendNearCap 2026-11-21 75%", "modelUnpriced custom/new"],
    ],
    [
      "nothing of money without a cap",
      {
        spend: {
          standing: [{ scope: "day", spent: 9e9, cap: null, declared: null }],
          unpriced: [],
          unknownPrice: "refuse",
        },
      },
      [],
    ],
    ["that a look threw", { trouble: { ...noTrouble, failedLooks: 1, lookProblem: "x" } }, ["lookFailed"]],
  ])("%s", (_what, change, codes) => {
    expect(found(change)).toEqual(codes);
  });

  it.each([
    ["refuse", "it is not asked"],
    ["uncounted", "no cap holds them"],
  ] as const)("says what becomes of a model without a price by the policy %s", (unknownPrice, words) => {
    const spend = { standing: [], unpriced: ["custom/new"], unknownPrice };
    expect(sightOf({ ...healthy, spend }, limits).present[0]?.what).toContain(words);
  });

  it("cannot tell of money that nobody could ask for", () => {
    expect(sightOf({ ...healthy, spend: null }, limits).unknown.has("spendCapReached")).toBe(true);
  });

  it("cannot tell of a running bot while somebody moves it", () => {
    const { unknown } = sightOf({ ...healthy, moving: true }, limits);
    expect([unknown.has("gatewayDown"), unknown.has("chatDeaf"), unknown.has("drillFailed")]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

function alarmed(code: string) {
  return { ...memory, alarms: [{ code, message: "it failed", since: new Date(now).toISOString() }] };
}
