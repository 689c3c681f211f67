import { describe, expect, it } from "vitest";
import { quietUntil } from "./quietHours.ts";

const night = { from: "22:30", to: "07:00", timezone: "Europe/Berlin", except: [] };
const until = (hours: Parameters<typeof quietUntil>[0], at: string) => {
  const end = quietUntil(hours, Date.parse(at));
  return end === null ? null : new Date(end).toISOString();
};

describe("quiet hours", () => {
  it.each([
    ["before they begin", "2026-11-21T21:29:59Z", null],
    ["when they begin", "2026-11-21T21:30:00Z", "2026-11-22T06:00:00.000Z"],
    ["after midnight", "2026-11-22T02:15:31Z", "2026-11-22T06:00:00.000Z"],
    ["when they end", "2026-11-22T06:00:00Z", null],
    ["in a night that loses an hour", "2026-03-28T23:00:00Z", "2026-03-29T05:00:00.000Z"],
    ["in a night that has one more", "2026-10-24T23:00:00Z", "2026-10-25T06:00:00.000Z"],
  ])("know their end %s", (_when, at, end) => {
    expect(until(night, at)).toBe(end);
  });

  it("may lie within a day", () => {
    const siesta = { from: "13:00", to: "15:00", timezone: "UTC", except: [] };
    expect([until(siesta, "2026-11-21T12:59:00Z"), until(siesta, "2026-11-21T14:59:00Z")]).toEqual([
      null,
      "2026-11-21T15:00:00.000Z",
    ]);
  });

  it("are none where none are declared", () => {
    expect(until(undefined, "2026-11-22T02:00:00Z")).toBeNull();
  });
});
