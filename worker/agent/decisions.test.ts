import { describe, expect, it } from "vitest";
import { networkOf } from "../identity.ts";
import { gaveUp, giveUpAfter, notBefore, retryGivenUpMs } from "./backoff.ts";
import { convergence } from "./converge.ts";
import { nextState, transitions } from "./lifecycle.ts";
import type { AgentRecord } from "./record.ts";
import { leadMs, maySleep, wakeAt } from "./sleep.ts";

describe("the state machine", () => {
  it("leads every move to a state that exists", () => {
    const states = Object.keys(transitions);
    for (const moves of Object.values(transitions)) for (const to of Object.values(moves)) expect(states).toContain(to);
  });

  it("starts a gateway only from a restored disk (I1)", () => {
    const starting = Object.keys(transitions).filter(
      (state) => nextState(state as "ready", "gatewayStarted") !== undefined,
    );
    expect(starting).toEqual(["restored"]);
  });

  it("can be stopped from everywhere", () => {
    for (const state of Object.keys(transitions)) expect(nextState(state as "ready", "stop")).toBe("stopped");
  });
});

describe("backoff", () => {
  it("waits longer after each failure, then gives up for an hour", () => {
    const pauses = [1, 2, 3, 4].map((count) => notBefore({ count, lastAt: 0, hopeless: false }));
    expect(pauses).toEqual([2_000, 8_000, 32_000, 120_000]);
    expect(gaveUp({ count: giveUpAfter, hopeless: false })).toBe(true);
    expect(notBefore({ count: giveUpAfter, lastAt: 0, hopeless: false })).toBe(retryGivenUpMs);
  });
});

describe("sleep", () => {
  const idle = { runs: 0, hermesBusy: false, lastAt: 0 };
  const hour = 3_600_000;

  it("comes after the idle time, and only then", () => {
    expect(maySleep(3600, idle, undefined, hour - 1)).toBe(false);
    expect(maySleep(3600, idle, undefined, hour)).toBe(true);
    expect(maySleep(null, idle, undefined, 100 * hour)).toBe(false);
  });

  it("never interrupts a client's run or Hermes' own work", () => {
    expect(maySleep(1, { ...idle, runs: 1 }, undefined, hour)).toBe(false);
    expect(maySleep(1, { ...idle, hermesBusy: true }, undefined, hour)).toBe(false);
  });

  it("is not worth it shortly before a job", () => {
    expect(maySleep(1, idle, hour + 59_000, hour)).toBe(false);
    expect(maySleep(1, idle, hour + 61_000, hour)).toBe(true);
  });

  it("ends early enough for the job: twice the last cold start, half a minute at least", () => {
    const job = { id: "1", name: "backup", at: new Date(hour).toISOString() };
    expect(wakeAt(job, undefined)).toBe(hour - 30_000);
    expect(wakeAt(job, 40_000)).toBe(hour - 80_000);
    expect(leadMs(1)).toBe(30_000);
    expect(wakeAt(null, 1)).toBeUndefined();
  });
});

describe("converge", () => {
  const declared = { declaration: "d2", image: "i2", network: "internet", size: "standard-1", alwaysOn: false };
  const running = { declaration: "d2", image: "i2", bootId: "b", processId: "gateway-1" };
  const record = (change: Partial<AgentRecord>) =>
    ({ state: "ready", desired: "running", running, ...change }) as AgentRecord;

  it("counts a bot that sleeps by design, or was stopped on purpose, as converged", () => {
    expect(convergence(record({ state: "absent", desired: "asleep" }), declared, false)).toMatchObject({
      converged: true,
      action: "asleep",
    });
    expect(convergence(record({ state: "stopped", desired: "stopped" }), declared, false)).toMatchObject({
      converged: true,
      action: "none",
    });
  });

  it("starts a bot that holds a chat socket", () => {
    const answer = convergence(record({ state: "absent", desired: "asleep" }), { ...declared, alwaysOn: true }, false);
    expect(answer).toMatchObject({ converged: false, action: "starting" });
  });

  it("replaces what runs another image or another declaration", () => {
    expect(convergence(record({ running: { ...running, image: "i1" } }), declared, false)).toMatchObject({
      action: "restarting",
      waitingFor: "the new image",
    });
    expect(convergence(record({ running: { ...running, declaration: "d1" } }), declared, true)).toMatchObject({
      action: "restarting",
      message: "the bot finishes its runs first",
    });
  });

  it("replaces the container for another size, but not for one that nobody knows", () => {
    const running = { declaration: "d2", image: "i2", bootId: "b", processId: "p" };
    const small = record({ running: { ...running, size: "basic" } });
    expect(convergence(small, declared, false)).toMatchObject({
      ...{ action: "restarting", replaces: "container", waitingFor: "the new size" },
    });
    expect(convergence(small, { ...declared, size: "basic" }, false).converged).toBe(true);
    expect(convergence(record({ running }), declared, false).converged).toBe(true);
  });

  it("replaces the container for another network, which it would keep however often its gateway starts", () => {
    const change = { ...running, declaration: "d1" };
    const none = { ...declared, network: "none" };
    expect(convergence(record({ running: change }), none, false)).toMatchObject({ replaces: "container" });
    expect(convergence(record({ running: { ...running, network: "none" } }), declared, false)).toMatchObject({
      action: "restarting",
      waitingFor: "the new network",
    });
    expect(convergence(record({ running: { ...running, network: "none" } }), none, false).converged).toBe(true);
    expect(convergence(record({ running: change }), declared, false)).toMatchObject({ replaces: "gateway" });
  });

  it("does not fight a platform that goes on starting another image, and says so", () => {
    const drifting = { ...running, image: "i1", insteadOf: "i2" };
    const answer = convergence(record({ running: drifting }), declared, false);
    expect(answer).toMatchObject({ converged: false, action: "drift" });
    expect(answer.message).toBe("two new containers started from i1, although i2 is declared");
    expect(convergence(record({ running: drifting }), { ...declared, image: "i3" }, false).action).toBe("restarting");
  });

  it("tells one list of hosts from another", () => {
    const list = (...hosts: string[]) => networkOf({ network: "allowlist", hosts });
    expect(new Set([list("a.example"), list("b.example"), list("a.example", "b.example")]).size).toBe(3);
    expect(networkOf({ network: "internet", hosts: [] })).toBe("internet");
  });

  it("has nothing to do when what runs is what is declared", () => {
    expect(convergence(record({}), declared, false)).toMatchObject({ converged: true, action: "none" });
  });
});
