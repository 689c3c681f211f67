import { describe, expect, it } from "vitest";
import { aFakeBot } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const sum = {
  requests: 12,
  nanos: 3_400_000_000,
  estimated: 20_000_000,
  input: 900_000,
  cacheRead: 80_000,
  cacheWrite: 0,
  output: 44_000,
};
const report = {
  ...{ month: "2026-10", paused: false, sessionCap: null, reserved: 500_000_000, total: sum },
  standing: [
    { scope: "day", spent: 1_200_000_000, cap: 5_000_000_000 },
    { scope: "month", spent: 3_400_000_000, cap: null },
  ],
  ...{ byDay: [], byModel: [{ name: "anthropic/claude-sonnet-4-6", ...sum }], bySession: [{ name: "", ...sum }] },
  ...{ unpriced: ["custom/mine"], prices: { asOf: "2026-11-22", source: "a table" } },
};
const estimate = {
  ...{ hoursPerDay: 4, stretches: 1, awakeHoursPerDay: 8, sleepAfterSeconds: 14_400, pricesAsOf: "2026-11-22" },
  bill: {
    ...{ plan: 5, total: 14.73 },
    lines: [
      {
        what: "memoryGibSeconds",
        said: "container memory",
        unit: "GiB-hours",
        amount: 976,
        included: 25,
        dollars: 8.55,
      },
      { what: "r2StoredGb", said: "R2 storage", unit: "GB-month", amount: 0.5, included: 0.5, dollars: 0 },
    ],
  },
};

describe("talaria cost", () => {
  it("says what models have cost, by model and session, beside the cap", async () => {
    const bot = await aFakeBot({ "GET /api/cost": () => report });
    const { stdout } = await talaria(["cost", "--month", "2026-10"], { bot });
    expect(stdout).toContain("models in 2026-10: $3.40 for 12 requests\n");
    expect(stdout).toContain("of it $0.02 that no provider reported");
    expect(stdout).toContain("today: $1.20 of $5.00 (24%)");
    expect(stdout).toContain("under way: at most $0.50");
    expect(stdout).toMatch(/anthropic\/claude-sonnet-4-6 +\$3\.40 +12 +900\.0 +80\.0 +0\.0 +44\.0/);
    expect(stdout).toMatch(/^model +dollars .*\nanthropic/m);
    expect(stdout).toContain("(none)");
    expect(stdout).toContain("no price is known of custom/mine");
    expect(JSON.parse((await talaria(["cost", "--json"], { bot })).stdout)).toEqual(report);
  });

  it("estimates a month, with what sleepAfter adds", async () => {
    const bot = await aFakeBot({ "GET /api/cost/estimate": () => estimate });
    const { stdout } = await talaria(["cost", "estimate", "--hours-per-day", "4"], { bot });
    expect(stdout).toContain(
      "used 4 h a day, awake 8.0 h (1 stretch and 4.0 h of sleepAfter each): about $14.73 a month",
    );
    expect(stdout).toMatch(/container memory +976 GiB-hours +25 included +\$8\.55/);
    expect(stdout).not.toContain("R2 storage");
    expect((await talaria(["cost", "estimate", "--hours-per-day", "25"], { bot })).stderr).toContain("from 0 to 24");
  });
});

describe("talaria cap", () => {
  it("raises, pauses and resumes, and says what holds then", async () => {
    const orders: unknown[] = [];
    const bot = await aFakeBot({
      "GET /api/cost": () => report,
      "POST /api/cap": (_response, { body }) => {
        orders.push(JSON.parse(body));
        return { ...report, paused: true };
      },
    });
    expect((await talaria(["cap"], { bot })).stdout).toContain("today: $1.20 of $5.00 (24%)");
    expect((await talaria(["cap", "raise", "--day", "12.5"], { bot })).code).toBe(0);
    expect((await talaria(["cap", "pause"], { bot })).stdout).toContain("PAUSED");
    await talaria(["cap", "resume"], { bot });
    expect(orders).toEqual([
      { action: "raise", scope: "day", dollars: 12.5 },
      { action: "pause" },
      { action: "resume" },
    ]);
    const none = await talaria(["cap", "raise"], { bot });
    expect([none.code, none.stderr]).toEqual([
      expect.any(Number),
      expect.stringContaining("--day, --month or --session"),
    ]);
  });
});
