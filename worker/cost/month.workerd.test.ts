import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { aBot, World } from "../agent/aBot.ts";
import type { Env } from "../env.ts";
import { poolOf } from "../exec/poolCall.ts";
import { ContainerMeter } from "../sandbox/containerMeter.ts";
import { SpendBook } from "../spend/book.ts";
import { nanosPerDollar } from "../spend/modelPrice.ts";
import { noTokens } from "../spend/tokens.ts";
import { UsageBook } from "../usage/book.ts";
import type { Party } from "../usage/reading.ts";
import { usageReport } from "../usage/report.ts";
import { billOf } from "./bill.ts";
import { assumed, type Pattern, type Shape, usageOf } from "./estimate.ts";
import { instanceTypes, usualSizes } from "./sizes.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const began = Date.UTC(2026, 10, 1);
const ends = Date.UTC(2026, 11, 1);
const month = "2026-11";

/** Two stretches of two hours a day, a chat each three minutes of them; commands in the first half hour of each. */
const stretches = [9, 19].map((begin) => ({ begin: begin * hour, end: (begin + 2) * hour }));
const pattern: Pattern = { hoursPerDay: 4, stretches: 2, commandHoursPerDay: 1 };
const chatEvery = 3 * minute;
const shape: Shape = {
  sizes: {
    hermes: instanceTypes[usualSizes.hermes],
    exec: instanceTypes[usualSizes.exec],
    care: instanceTypes[usualSizes.care],
  },
  ...{ sleepAfterSeconds: 3_600, snapshotMinutes: 5, drillDays: 7, execIdleMinutes: 10 },
};
/** Two cents a chat are 48 dollars in a month. */
const chatNanos = 20_000_000;
const worstNanos = 150_000_000;
const monthCap = 40 * nanosPerDollar;

/** A container as the platform would bill it: its meter, and what its processor does. */
function aContainer(of: Exclude<Party, "worker">, usage: () => UsageBook, now: () => number) {
  const kept = new Map<string, unknown>();
  const state = { runs: false, cpuSeconds: 0 };
  const meter = () =>
    new ContainerMeter({
      ...{ source: `${of}/of-the-month`, of, size: shape.sizes[of], now },
      storage: {
        get: <T>(key: string) => structuredClone(kept.get(key)) as T | undefined,
        put: (key: string, value: unknown) => void kept.set(key, structuredClone(value)),
        delete: (key: string) => kept.delete(key),
      },
      look: async () => ({ cpuSeconds: state.cpuSeconds, memoryBytes: 350e6, diskBytes: 2e9, sentBytes: 0 }),
      tell: async (reading) => usage().read(reading),
      log: () => {},
    });
  return {
    /** A minute of it: whether it ran, and at what share of a processor. Each fifth it is looked at. */
    async minute(runs: boolean, vcpu: number, isFifth: boolean) {
      if (runs !== state.runs) {
        state.runs = runs;
        if (runs) state.cpuSeconds = 0;
        if (runs) meter().started();
        else meter().ended();
        await meter().tell();
      }
      if (!runs) return;
      state.cpuSeconds += 60 * vcpu;
      if (!isFifth) return;
      await meter().look(new AbortController().signal);
      await meter().tell();
    },
  };
}

it(
  "a month of a bot costs what was estimated, alarms come when their share is spent, and what is told is what was used",
  () =>
    runInDurableObject(poolOf(env as Env), async (_object, { storage: { sql } }) => {
      for (const table of [
        "leases",
        "ended",
        "sums",
        "raised",
        "paused",
        "unpriced",
        "readings",
        "used",
        "levels",
        "gaps",
      ])
        sql.exec(`DROP TABLE IF EXISTS ${table}`);
      // Time passes on this test's clock alone: no real timer of a request would come to its end.
      vi.spyOn(AbortSignal, "timeout").mockImplementation(() => new AbortController().signal);
      const world = new World();
      const { clock } = world;
      clock.now = began;
      const now = () => clock.now;
      const openBooks = () => ({
        spend: new SpendBook(sql, { month: monthCap }, now),
        usage: new UsageBook(sql, now),
      });
      let books = openBooks();
      world.spend = () => ({
        standing: [{ scope: "month", spent: books.spend.spent("month").nanos, cap: monthCap, declared: monthCap }],
        unpriced: [],
        unknownPrice: "refuse",
      });
      const anAgent = () => aBot({ sleepAfterSeconds: shape.sleepAfterSeconds, world });
      let bot = anAgent();
      const usage = () => books.usage;
      const boxes = {
        hermes: aContainer("hermes", usage, now),
        exec: aContainer("exec", usage, now),
        care: aContainer("care", usage, now),
      };
      const report = () =>
        usageReport(
          {
            parties: books.usage.month(month),
            firstDay: books.usage.firstDay,
            gaps: books.usage.gapsSince(now() - 30 * day),
          },
          month,
          { shape, maySleep: true, now: now() },
        );

      /** The provider's own ledger, and the moments at which it came to a share of the cap. */
      let charged = 0;
      let refused = 0;
      const reached: Record<string, number> = {};
      let halfWay: ReturnType<typeof report> | undefined;

      for (let at = began; at < ends; at += minute) {
        clock.now = Math.max(clock.now, at);
        const ofDay = (at - began) % day;
        const stretch = stretches.find(({ begin, end }) => ofDay >= begin && ofDay < end);
        if (ofDay === 0 && at > began) {
          // Each night everything is reset: what an upload does.
          books = openBooks();
          bot = anAgent();
        }
        if (stretch !== undefined && (ofDay - stretch.begin) % chatEvery === 0) {
          if (bot.ledger.current.state !== "ready") await bot.wake();
          world.box.home = `said at ${at}`;
          bot.ledger.used();
          const id = `chat-${at}`;
          const ask = { id, session: `day-${ofDay}`, model: "anthropic/canned", worst: worstNanos };
          if (books.spend.reserve(ask).kind === "granted") {
            charged += chatNanos;
            books.spend.settle(id, { nanos: chatNanos, tokens: { ...noTokens, input: 100 }, estimated: false });
            for (const percent of [50, 75, 90, 100]) if (charged >= (monthCap * percent) / 100) reached[percent] ??= at;
          } else refused += 1;
        }
        const isFifth = (ofDay / minute) % 5 === 0;
        if ((world.box.running && (ofDay / minute) % 2 === 0) || isFifth) {
          await bot.watch.look(world.box.running ? "a look" : "cron");
          await bot.settle();
        }
        const inCommands = stretches.some(({ begin }) => ofDay >= begin && ofDay < begin + 40 * minute);
        const inCare = ofDay >= 4 * hour && ofDay < 4 * hour + assumed.care.minutes * minute;
        await boxes.hermes.minute(world.box.running, stretch ? assumed.busyVcpu : assumed.idleVcpu, isFifth);
        await boxes.exec.minute(inCommands, inCommands ? assumed.commandVcpu * 0.75 : 0, isFifth);
        await boxes.care.minute(inCare, assumed.commandVcpu, isFifth);
        for (const gap of world.gaps.splice(0)) books.usage.idled(gap);
        if (at === began + 15 * day) halfWay = report();
      }

      // What was told against what was used: containers against the estimate of the same days, models against the provider's ledger.
      const estimate = billOf(usageOf(shape, pattern));
      const actual = report().soFar;
      const line = (bill: typeof actual, what: string) => bill.lines.find((one) => one.what === what)?.amount ?? 0;
      for (const what of ["memoryGibSeconds", "diskGbSeconds", "vcpuSeconds"])
        expect(Math.abs(line(actual, what) / line(estimate, what) - 1), what).toBeLessThan(0.05);
      expect(Math.abs(actual.total / estimate.total - 1)).toBeLessThan(0.05);
      expect(Math.abs((halfWay?.projected?.total ?? 0) / actual.total - 1)).toBeLessThan(0.05);
      expect(books.spend.total(month).nanos).toBe(charged);
      expect(charged).toBeGreaterThanOrEqual(monthCap);
      expect(charged).toBeLessThanOrEqual(monthCap + worstNanos);
      expect(refused).toBeGreaterThan(300);

      // Each share once, within ten minutes of the chat that reached it, in order.
      const money = world.told.filter(({ code, kind }) => kind === "raised" && /^spend/.test(code ?? ""));
      expect(money.map(({ code, about }) => [code, about])).toEqual([
        ["spendNearCap", `${month} 50%`],
        ["spendNearCap", `${month} 75%`],
        ["spendNearCap", `${month} 90%`],
        ["spendCapReached", month],
      ]);
      for (const [index, percent] of [50, 75, 90, 100].entries())
        expect(Date.parse(money[index]?.at ?? "") - (reached[percent] ?? 0)).toBeLessThan(10 * minute);

      // A new month begins: the cap has room again, and the alarm is over.
      clock.now = Date.UTC(2026, 11, 1, 9);
      await bot.wake();
      for (let look = 0; look < 20; look++) {
        clock.now += minute;
        await bot.watch.look("a look");
        await bot.settle();
      }
      expect(
        books.spend.reserve({ id: "december", session: "", model: "anthropic/canned", worst: worstNanos }).kind,
      ).toBe("granted");
      expect(world.told.some(({ code, kind }) => kind === "resolved" && code === "spendCapReached")).toBe(true);

      // Two gaps a day of which each is longer than sleepAfter; the size that would do.
      expect(books.usage.gapsSince(began).length).toBeGreaterThan(50);
      expect(report().hints.map(({ key, value }) => `${key} ${value}`)).toContain("sizes.hermes basic");
    }),
  300_000,
);
