import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { Env } from "../env.ts";
import type { Ask } from "./book.ts";
import { counterOf, spendOf } from "./call.ts";
import { Spend } from "./spend.ts";
import { noTokens } from "./tokens.ts";

const bindings = env as Env;
const month = new Date().toISOString().slice(0, 7);
const settled = (nanos: number) => ({ nanos, tokens: noTokens, estimated: false });

/** The object with a cap of a thousand nano-dollars a day, in an empty database. */
function capped<T>(work: (spend: Spend) => Promise<T>): Promise<T> {
  return runInDurableObject(spendOf(bindings), (_object, state) =>
    work(new Spend(state, bindings, { caps: { day: 1_000 }, prices: {}, unknownPrice: "refuse" })),
  );
}

beforeEach(() =>
  runInDurableObject(spendOf(bindings), async (_object, { storage }) => {
    for (const table of ["leases", "ended", "sums", "raised", "paused", "unpriced"])
      storage.sql.exec(`DELETE FROM ${table}`);
  }),
);

describe("who counts what models cost", () => {
  it("lets a request wait until those under way have left room for it", () =>
    capped(async (spend) => {
      const ask = (id: string) => spend.reserve({ id, session: "", model: "custom/m", worst: 700 });
      expect(await ask("a")).toEqual({ value: null });
      const second = ask("b");
      const third = ask("c");
      spend.settle("a", settled(200));
      expect(await second).toEqual({ value: null });
      spend.settle("b", settled(800));
      expect(await third).toMatchObject({ problem: { code: "spendCapReached", details: { scope: "day" } } });
    }));

  it("grants nothing to a request that is taken back while it waits", () =>
    capped(async (spend) => {
      const ask = (id: string) => spend.reserve({ id, session: "", model: "custom/m", worst: 700 });
      await ask("a");
      const second = ask("b");
      spend.release("b");
      spend.settle("a", settled(200));
      expect(await second).toMatchObject({ problem: { code: "spendBusy" } });
      expect(spend.report(month)).toMatchObject({ reserved: 0, total: { requests: 1 } });
    }));

  it("tells those that wait of a pause, and lets them through after another cap", () =>
    capped(async (spend) => {
      const ask = (id: string) => spend.reserve({ id, session: "", model: "custom/m", worst: 900 });
      await ask("a");
      const second = ask("b");
      spend.pause();
      expect(await second).toMatchObject({ problem: { code: "spendPaused" } });
      spend.resume();
      const third = ask("c");
      spend.raise("day", 5_000);
      expect(await third).toEqual({ value: null });
    }));

  it("holds back a model without a price, too, while requests are paused", () =>
    capped(async (spend) => {
      const ask = (id: string) =>
        spend.reserve({ id, session: "", model: "custom/unknown", worst: 0, unpriced: "custom/unknown" });
      expect(await ask("a")).toEqual({ value: null });
      spend.pause();
      expect(await ask("b")).toMatchObject({ problem: { code: "spendPaused" } });
      spend.resume();
    }));

  it("asks once for what is refused", async () => {
    const asked: string[] = [];
    const refusal = { problem: { code: "spendPaused", details: {} } };
    const stub = {
      reserve: async ({ id }: Ask) => {
        asked.push(id);
        return refusal;
      },
    };
    const SPEND = { idFromName: () => "spend", get: () => stub };
    const counter = counterOf({ SPEND } as unknown as Env);
    const ask = { id: "a", session: "", model: "custom/m", worst: 1 };
    await expect(counter.reserve(ask)).rejects.toThrow("paused");
    expect(asked).toEqual(["a"]);
  });

  it("tells a cap that was raised beside the declared one", () =>
    capped(async (spend) => {
      spend.raise("day", 5_000);
      expect(spend.standing().standing[0]).toMatchObject({ cap: 5_000, declared: 1_000 });
    }));

  it("names no model as one without a price once its price is declared", async () => {
    await capped(async (spend) => void (await spend.unpriced("custom/mine")));
    const prices = { "custom/mine": { input: 1, output: 1 } };
    await runInDurableObject(spendOf(bindings), async (_object, state) => {
      const spend = new Spend(state, bindings, { caps: { day: 1_000 }, prices, unknownPrice: "refuse" });
      expect([spend.report(month).unpriced, spend.standing().unpriced]).toEqual([[], []]);
    });
    await capped(async (spend) => expect(spend.standing().unpriced).toEqual(["custom/mine"]));
  });

  it("tells the alarms of models without a price under a cap that was only raised, as under a declared one", () =>
    runInDurableObject(spendOf(bindings), async (_object, state) => {
      const spend = new Spend(state, bindings, { caps: {}, prices: {}, unknownPrice: "uncounted" });
      await spend.unpriced("custom/free");
      expect(spend.standing().unpriced).toEqual([]);
      spend.raise("day", 5_000);
      expect(spend.standing()).toMatchObject({ unpriced: ["custom/free"], unknownPrice: "uncounted" });
    }));

  it("reports by day, model and session, with what stands for today and this month", () =>
    capped(async (spend) => {
      await spend.reserve({ id: "a", session: "one", model: "custom/m", worst: 700 });
      spend.settle("a", settled(123));
      await spend.unpriced("custom/unknown");
      const report = spend.report(month);
      expect(report).toMatchObject({
        ...{ paused: false, reserved: 0, sessionCap: null, unpriced: ["custom/unknown"] },
        standing: [
          { scope: "day", spent: 123, cap: 1_000, declared: 1_000 },
          { scope: "month", spent: 123, cap: null, declared: null },
        ],
        byModel: [{ name: "custom/m", nanos: 123, requests: 1 }],
        bySession: [{ name: "one", nanos: 123 }],
      });
    }));
});
