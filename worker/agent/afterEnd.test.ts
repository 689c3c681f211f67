import { describe, expect, it } from "vitest";
import { restartSchema } from "../restartSchema.ts";
import { afterEnd, type GatewayEnd, withEnd } from "./afterEnd.ts";

const crash: GatewayEnd = { exitCode: 1, clean: false };
const killed: GatewayEnd = { exitCode: undefined, clean: false };
const ended: GatewayEnd = { exitCode: 0, clean: false };
const signalled: GatewayEnd = { exitCode: 1, clean: true };
const asked: GatewayEnd = { exitCode: 75, clean: false };

describe("after the end of a gateway", () => {
  it.each([
    ["always", crash, "again"],
    ["always", ended, "again"],
    ["always", signalled, "again"],
    ["on-failure", crash, "again"],
    ["on-failure", killed, "again"],
    ["on-failure", ended, "down"],
    ["on-failure", signalled, "down"],
    ["on-failure", asked, "again"],
    ["never", crash, "down"],
    ["never", killed, "down"],
    ["never", ended, "down"],
    ["never", asked, "again"],
  ] as const)("%s, %o: %s", (policy, end, does) => {
    expect(afterEnd(restartSchema.parse({ policy }), end, 0).does).toBe(does);
  });

  it("comes the delay, but none where Hermes asks for its start", () => {
    expect(afterEnd(restartSchema.parse({}), crash, 0)).toEqual({ does: "again", delayMs: 5_000 });
    expect(afterEnd(restartSchema.parse({ delaySeconds: 30 }), crash, 99)).toEqual({ does: "again", delayMs: 30_000 });
    expect(afterEnd(restartSchema.parse({}), asked, 0)).toEqual({ does: "again", delayMs: 0 });
  });

  it("comes the end of patience, where there is a limit", () => {
    const policy = restartSchema.parse({ limit: 2 });
    expect(afterEnd(policy, crash, 1).does).toBe("again");
    expect(afterEnd(policy, crash, 2)).toEqual({
      does: "gaveUp",
      reason: "The gateway ended 3 times within an hour, and talaria:restart.limit is 2.",
    });
  });

  it("counts the last hour alone", () => {
    const hour = 3_600_000;
    expect(withEnd([0, hour / 2], hour + 1)).toEqual([hour / 2, hour + 1]);
  });
});
