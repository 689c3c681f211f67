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
const memory = { what: "memoryGibSeconds", said: "container memory", unit: "GiB-hours" };
const bill = (hours: number) => ({
  ...{ plan: 5, total: 5 + 0.12 + hours * 0.009 },
  lines: [
    { ...memory, amount: hours + 25, included: 25, dollars: hours * 0.009 },
    { what: "r2ClassA", said: "R2 writes (class A)", unit: "thousand", amount: 0.043, included: 0.043, dollars: 0 },
    { what: "objectGbSeconds", said: "Durable Object time", unit: "GB-s", amount: 9, included: 0, dollars: 0.12 },
  ],
});
const month = {
  ...{ ...report, projected: 6_800_000_000, estimated: 12.01 },
  cloudflare: {
    ...{ since: "2026-10-03", soFar: bill(400), projected: bill(800), derived: ["objectGbSeconds"] },
    containers: [
      {
        ...{
          of: "hermes",
          seconds: 360_000,
          memoryGibSeconds: 1_440_000,
          diskGbSeconds: 2_880_000,
          vcpuSeconds: 7_200,
        },
        ...{ memoryBytes: 357_564_416, diskBytes: 2_000_000_000 },
      },
    ],
    r2: { bytesIn: 7_000_000_000, bytesOut: 1_000, storedBytes: null },
    hints: [{ key: "sizes.hermes", value: "basic", saves: 9.7, why: "hermes used at most 0.33 of 4 GiB memory." }],
  },
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
    const bot = await aFakeBot({ "GET /api/cost": () => month });
    const { stdout } = await talaria(["cost", "--month", "2026-10"], { bot });
    expect(stdout).toContain("models: $3.40 for 12 requests, $6.80 in the whole month if it goes on so\n");
    expect(stdout).toContain("of it $0.02 that no provider reported");
    expect(stdout).toContain("today: $1.20 of $5.00 (24%)");
    expect(stdout).toContain("under way: at most $0.50");
    expect(stdout).toMatch(/anthropic\/claude-sonnet-4-6 +\$3\.40 +12 +900\.0 +80\.0 +0\.0 +44\.0/);
    expect(stdout).toMatch(/^model +dollars .*\nanthropic/m);
    expect(stdout).toContain("(none)");
    expect(stdout).toContain("no price is known of custom/mine");
    expect(JSON.parse((await talaria(["cost", "--json"], { bot })).stdout)).toEqual(month);
  });

  it("holds no cap of today beside another month", async () => {
    const said = async (today: string) => {
      const bot = await aFakeBot({ "GET /api/cost": () => ({ ...month, today, unproxied: "openai-codex/m" }) });
      return (await talaria(["cost", "--month", "2026-10"], { bot })).stdout;
    };
    expect(await said("2026-10-31")).toContain("today: $1.20 of $5.00");
    const other = await said("2026-11-01");
    expect(other).toContain("models: $3.40 for 12 requests");
    expect(other).toContain("NOT counted, and under no cap: openai-codex/m");
    expect(other).not.toMatch(/today:|this month:|under way/);
  });

  it("says of a cap that it was raised, and what the stack declares", async () => {
    const day = { scope: "day", spent: 1_200_000_000, cap: 5_000_000_000 };
    const said = async (...standing: object[]) => {
      const bot = await aFakeBot({ "GET /api/cost": () => ({ ...month, standing }) });
      return (await talaria(["cap"], { bot })).stdout;
    };
    expect(await said({ ...day, declared: 1_000_000_000 })).toContain(
      "(24%); `cap raise` set it until the day is over, the stack declares $1.00\n",
    );
    expect(await said({ ...day, declared: null })).toContain("the stack declares none\n");
    for (const same of [day, { ...day, declared: day.cap }]) expect(await said(same)).not.toContain("cap raise");
  });

  it("says of a model without a price whether it is refused, or held by no cap", async () => {
    const said = async (command: string, change: object) => {
      const bot = await aFakeBot({ "GET /api/cost": () => ({ ...month, ...change }) });
      return (await talaria([command], { bot })).stdout;
    };
    const refused = await said("cap", { unknownPrice: "refuse" });
    expect(refused).toContain("NOT asked, no price is known: custom/mine\n");
    expect(refused).toContain(`pulumi config set --path 'talaria:spend.prices["custom/mine"].input' 3\n`);
    expect(await said("cost", { unknownPrice: "refuse" })).not.toContain("its tokens are counted");
    const open = await said("cost", { unknownPrice: "uncounted" });
    expect(open).toContain("NOT held by a cap, no price is known: custom/mine\n");
    expect(open).toContain("its tokens are counted, its dollars only where the provider says them");
    expect(await said("cap", {})).not.toContain("no price");
  });

  it("says what Cloudflare has counted, what the month will come to, and what would be cheaper", async () => {
    const bot = await aFakeBot({ "GET /api/cost": () => month });
    const { stdout } = await talaria(["cost"], { bot });
    expect(stdout).toMatch(
      /^2026-10: \$12\.12 so far, \$19\.12 in the whole month if it goes on so; talaria:estimate expects \$12\.01/,
    );
    expect(stdout).toContain("Cloudflare, counted since 2026-10-03:");
    expect(stdout).toMatch(/container memory +425 GiB-hours +25 GiB-hours included +\$3\.60 +\$7\.20/);
    expect(stdout).toMatch(/R2 writes \(class A\) +43 +included +\$0\.00 +\$0\.00/);
    expect(stdout).toMatch(/worked out from these, not counted +\$0\.12 +\$0\.12/);
    expect(stdout).toMatch(/hermes +100 h +2\.0 vCPU-hours +0\.33 of 4\.0 GiB +2\.0 GB/);
    expect(stdout).toContain("bucket: - stored, 7.0 GB written, 1.0 KB read");
    expect(stdout).toContain(
      "$9.70 a month less: hermes used at most 0.33 of 4 GiB memory.\n    pulumi config set --path talaria:sizes.hermes basic",
    );
  });

  it("lists the ten dearest sessions, and says how many more there are", async () => {
    const bySession = Array.from({ length: 13 }, (_, at) => ({ ...sum, name: `session-${at}` }));
    const bot = await aFakeBot({ "GET /api/cost": () => ({ ...month, bySession }) });
    const { stdout } = await talaria(["cost"], { bot });
    expect(stdout).toContain("session-9 ");
    expect(stdout).not.toContain("session-10 ");
    expect(stdout).toContain("… and 3 more that cost less: --json");
  });

  it("says so while nothing was counted", async () => {
    const nothing = { ...month.cloudflare, since: null, projected: null, containers: [], hints: [] };
    const bot = await aFakeBot({ "GET /api/cost": () => ({ ...month, cloudflare: nothing, projected: null }) });
    const { stdout } = await talaria(["cost"], { bot });
    expect(stdout).toContain("Cloudflare: nothing was counted\n");
    expect(stdout).not.toContain("if it goes on so");
  });

  it("says of a month before all counting that nothing was counted, and no sum", async () => {
    const total = { ...sum, requests: 0, nanos: 0, estimated: 0 };
    const cloudflare = { ...month.cloudflare, since: null, containers: [], hints: [] };
    const bot = await aFakeBot({ "GET /api/cost": () => ({ ...month, month: "2026-09", total, cloudflare }) });
    const { stdout } = await talaria(["cost", "--month", "2026-09"], { bot });
    expect(stdout).toMatch(/^2026-09: nothing was counted; talaria:estimate expects \$12\.01 a month/);
    expect(stdout).toContain("Cloudflare: nothing was counted\n");
    expect(stdout).not.toContain("so far");
  });

  it("names the help of the very command whose words were wrong", async () => {
    const bot = await aFakeBot({});
    const said = async (...args: string[]) => (await talaria(args, { bot })).stderr;
    expect(await said("cap", "raise", "--day", "-3")).toContain("See `./talaria cap raise --help`.");
    expect(await said("cost", "--month", "2026-13")).toContain("See `./talaria cost --help`.");
    const sleep = await said("cost", "estimate", "--sleep-after", "5x");
    expect(sleep).toContain("such as 30m, or never");
    expect(sleep).toContain("See `./talaria cost estimate --help`.");
  });

  it("tells a size that the bot refuses, and a month, as wrong words of the command", async () => {
    const reason = 'The query is not as expected: sizeHermes: "9x4x8" has vcpu 9, which is above 4.';
    const bot = await aFakeBot({
      "GET /api/cost/estimate": (response) => {
        response.statusCode = 400;
        return { error: { code: "badRequest", message: reason, next: "Mend the request and send it again." } };
      },
    });
    const { stderr } = await talaria(["cost", "estimate", "--size-hermes", "9x4x8"], { bot });
    expect(stderr).toContain('--size-hermes: "9x4x8" has vcpu 9, which is above 4.');
    expect(stderr).toContain("See `./talaria cost estimate --help`.");
    const month = await talaria(["cost", "estimate", "--month", "2026-11"], { bot });
    expect([month.code, month.stderr]).toEqual([1, expect.stringContaining("--month is for `cost`")]);
  });

  it("estimates a month, with what sleepAfter adds", async () => {
    const bot = await aFakeBot({ "GET /api/cost/estimate": () => estimate });
    const { stdout } = await talaria(["cost", "estimate", "--hours-per-day", "4"], { bot });
    expect(stdout).toContain(
      "used 4 h a day, awake 8.0 h (1 stretch and 4 h of sleepAfter each): about $14.73 a month",
    );
    expect(stdout).toMatch(/container memory +976 GiB-hours +25 included +\$8\.55/);
    expect(stdout).not.toContain("R2 storage");
    expect((await talaria(["cost", "estimate", "--hours-per-day", "25"], { bot })).stderr).toContain("from 0 to 24");
  });
});

describe("talaria cost estimate of what is not deployed", () => {
  it("asks for another size and another sleepAfter, and says which sizes it is about", async () => {
    const asked: unknown[] = [];
    const sizes = { hermes: { vcpu: 1, memoryGib: 4, diskGb: 8 }, exec: "basic", care: "standard-1" };
    const bot = await aFakeBot({
      "GET /api/cost/estimate": (_response, { path }) => {
        asked.push(Object.fromEntries(new URL(path, "http://bot").searchParams));
        return { ...estimate, sizes };
      },
    });
    const { stdout } = await talaria(["cost", "estimate", "--size-hermes", "1x4x8", "--sleep-after", "30m"], { bot });
    expect(stdout).toContain("sizes: hermes 1 vCPU, 4 GiB, 8 GB · exec basic · care standard-1");
    await talaria(["cost", "estimate", "--sleep-after", "never"], { bot });
    expect(asked).toEqual([{ sizeHermes: "1x4x8", sleepAfterSeconds: "1800" }, { sleepAfterSeconds: "never" }]);
  });

  it("says why a bot would not sleep all the same", async () => {
    const sizes = { hermes: "lite", exec: "basic", care: "standard-1" };
    const bot = await aFakeBot({ "GET /api/cost/estimate": () => ({ ...estimate, sizes, sleepAfterSeconds: null }) });
    const { stdout } = await talaria(["cost", "estimate", "--sleep-after", "30m"], { bot });
    expect(stdout).toContain("(it never sleeps: it has a chat platform)");
  });

  it("says so where the bot is older than the question", async () => {
    const bot = await aFakeBot({ "GET /api/cost/estimate": () => estimate });
    const { code, stderr } = await talaria(["cost", "estimate", "--size-hermes", "lite"], { bot });
    expect(code).not.toBe(0);
    expect(stderr).toContain("npm run pulumi -- up");
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
    const codex = await aFakeBot({ "GET /api/cost": () => ({ ...report, unproxied: "openai-codex/gpt-5.1" }) });
    expect((await talaria(["cap"], { bot: codex })).stdout).toContain(
      "NOT counted, and under no cap: openai-codex/gpt-5.1",
    );
    expect((await talaria(["cap", "raise", "--day", "12.5"], { bot })).code).toBe(0);
    expect((await talaria(["cap", "pause"], { bot })).stdout).toContain("PAUSED");
    await talaria(["cap", "resume"], { bot });
    expect(orders).toEqual([
      { action: "raise", scope: "day", dollars: 12.5 },
      { action: "pause" },
      { action: "resume" },
    ]);
    const both = await talaria(["cap", "raise", "--day", "1", "--month", "20", "--json"], { bot });
    expect(JSON.parse(both.stdout)).toMatchObject({ paused: true });
    expect(orders.slice(3)).toMatchObject([{ scope: "day" }, { scope: "month" }]);
    const none = await talaria(["cap", "raise"], { bot });
    expect([none.code, none.stderr]).toEqual([
      expect.any(Number),
      expect.stringContaining("--day, --month or --session"),
    ]);
  });
});
