import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Clock } from "./clock.ts";
import { parseCron } from "./cron.ts";

describe("the clock", () => {
  beforeEach(() => vi.useFakeTimers({ now: new Date("2026-11-21T11:03:30Z") }));
  afterEach(() => vi.useRealTimers());

  it("fires at the minutes of each expression until it is told others", () => {
    const fired: string[] = [];
    const clock = new Clock((cron, at) => fired.push(`${cron} at ${at.toISOString()}`));
    clock.set([parseCron("*/5 * * * *")]);
    vi.advanceTimersByTime(7 * 60_000);
    expect(fired).toEqual(["*/5 * * * * at 2026-11-21T11:05:00.000Z", "*/5 * * * * at 2026-11-21T11:10:00.000Z"]);
    clock.set([]);
    vi.advanceTimersByTime(60 * 60_000);
    expect(fired).toHaveLength(2);
  });
});
