import { describe, expect, it } from "vitest";
import { parseCron } from "./cron.ts";

const at = (text: string) => new Date(`${text}Z`);

describe("cron expressions", () => {
  it("fire every five minutes, whatever the second", () => {
    const cron = parseCron("*/5 * * * *");
    expect(cron.matches(at("2026-11-21T11:05:42"))).toBe(true);
    expect(cron.matches(at("2026-11-21T11:06:00"))).toBe(false);
  });

  it("take lists, ranges, steps and names", () => {
    const cron = parseCron("0 8-18/2,23 * JAN,nov MON-FRI");
    expect(cron.matches(at("2026-11-20T10:00:00"))).toBe(true); // a Friday
    expect(cron.matches(at("2026-11-20T23:00:00"))).toBe(true);
    expect(cron.matches(at("2026-11-20T09:00:00"))).toBe(false);
    expect(cron.matches(at("2026-11-21T10:00:00"))).toBe(false); // a Saturday
    expect(cron.matches(at("2026-12-04T10:00:00"))).toBe(false);
  });

  it("count the days of the week from Sunday as 1", () => {
    expect(parseCron("0 0 * * 1").matches(at("2026-11-22T00:00:00"))).toBe(true);
    expect(parseCron("0 0 * * 7").matches(at("2026-11-21T00:00:00"))).toBe(true);
  });

  it("fire on either day when both days are given", () => {
    const cron = parseCron("0 0 1 * SUN");
    expect(cron.matches(at("2026-12-01T00:00:00"))).toBe(true);
    expect(cron.matches(at("2026-11-22T00:00:00"))).toBe(true);
    expect(cron.matches(at("2026-11-23T00:00:00"))).toBe(false);
  });

  it.each(["* * * *", "60 * * * *", "* * * * 0", "*/0 * * * *", "5-1 * * * *", "* * L * *", "1-2-3 * * * *"])(
    "refuse %s and name the expression",
    (expression) => expect(() => parseCron(expression)).toThrow(expression),
  );
});
