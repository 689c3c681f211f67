import { describe, expect, it } from "vitest";
import { noModelCalls, withCall } from "./modelCalls.ts";

const start = Date.parse("2026-11-21T12:00:00Z");
const failed = { ok: false, status: 503, provider: "openai", problem: "overloaded" };
const answered = { ok: true, status: 200, provider: "openai", problem: null };

describe("the count of model calls", () => {
  it("counts failures in a row, and knows since when", () => {
    const two = withCall(withCall(noModelCalls, failed, start), failed, start + 60_000);
    expect(two).toMatchObject({ failedInARow: 2, failingSince: start, lastFailure: { status: 503 } });
    expect(withCall(two, answered, start + 90_000)).toEqual(noModelCalls);
  });

  it("writes nothing down while calls go well", () => {
    expect(withCall(noModelCalls, answered, start)).toBe(noModelCalls);
  });

  it("goes on counting after a silence: only an answer says that the model answers again", () => {
    const old = withCall(noModelCalls, failed, start);
    expect(withCall(old, failed, start + 86_400_000)).toMatchObject({ failedInARow: 2, failingSince: start });
  });
});
