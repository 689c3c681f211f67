/** The decisions of Exec that need neither storage nor a container. */
import { describe, expect, it } from "vitest";
import type { ExecPolicy } from "../declarationSchema.ts";
import { masker } from "../log.ts";
import { shownCommand } from "./command.ts";
import { jobDue, keeperDue } from "./dues.ts";
import type { Job } from "./jobs.ts";
import type { KeeperRecord } from "./keeper.ts";
import { boxNames, boxToLease, type Lease } from "./leases.ts";
import { refusal, secondsOnLastDay } from "./limits.ts";
import { replacementNotice } from "./notices.ts";
import { sparesWanted } from "./spares.ts";

const minute = 60_000;
const policy = { persist: true, idleMinutes: 30, commandsPerMinute: 2, boxMinutesPerDay: 10 } as ExecPolicy;

describe("which box is leased", () => {
  const lease = (box: string, state: Lease["state"], made = "now"): Lease => ({
    ...{ box, state, made, session: "s", use: "keeper", since: 0, askedAt: 0 },
  });
  const names = boxNames({ parallel: 2, spare: 1 });
  const take = (...leases: Lease[]) => boxToLease(leases, names, { parallel: 2, made: "now" });

  it("is a spare, else a free one", () => {
    expect(names).toEqual(["exec-0", "exec-1", "exec-2"]);
    expect(take(lease("exec-0", "leased"), lease("exec-2", "spare"))).toBe("exec-2");
    expect(take(lease("exec-0", "leased"))).toBe("exec-1");
  });

  it("is no spare that was started with what is no longer declared", () => {
    expect(take(lease("exec-0", "spare", "before"))).toBe("exec-1");
  });

  it("is none beyond what may run at once, and none that is still ending", () => {
    expect(take(lease("exec-0", "leased"), lease("exec-1", "leased"))).toBeUndefined();
    expect(take(lease("exec-0", "ending"), lease("exec-1", "ending"), lease("exec-2", "leased"))).toBeUndefined();
  });
});

describe("limits", () => {
  it("refuse with what can be done about it", () => {
    expect(refusal(policy, { commands: 1, boxSecondsToday: 599 })).toBeUndefined();
    expect(refusal(policy, { commands: 2, boxSecondsToday: 0 })).toMatchObject({ code: "execRate" });
    expect(refusal(policy, { commands: 0, boxSecondsToday: 600 })?.next).toContain("talaria:exec.boxMinutesPerDay");
  });

  it("count of a container's time what lies on this day", () => {
    const at = (text: string) => Date.parse(`2026-11-${text}Z`);
    expect(secondsOnLastDay(at("20T23:00:00"), at("21T00:01:00"))).toBe(60);
    expect(secondsOnLastDay(at("21T10:00:00"), at("21T10:01:30"))).toBe(90);
  });

  it("keep spares while commands come, and none where all share one container", () => {
    expect(sparesWanted({ isolation: "command", spare: 2 }, 119_999)).toBe(2);
    expect(sparesWanted({ isolation: "session", spare: 2 }, 120_000)).toBe(0);
    expect(sparesWanted({ isolation: "shared", spare: 2 }, 0)).toBe(0);
  });
});

describe("what is due", () => {
  const job = (changes: Partial<Job>): Job => ({
    ...{
      id: "j",
      kind: "terminal",
      fresh: true,
      state: "running",
      box: "exec-0",
      workspace: "",
      command: "",
      seconds: 60,
    },
    ...{ placedAt: 0, startedAt: 0, endedAt: 0, readAt: 0, mark: null, notices: [], end: null, audited: false },
    ...changes,
  });
  const due = (changes: Partial<Job>, now: number, isFlying = false) => jobDue(job(changes), isFlying, now).due;

  it("ends the container of a job ten seconds past its deadline", () => {
    expect([due({}, 69_999), due({}, 70_000)]).toEqual(["look", "overdue"]);
  });

  it("drops a job that nobody places any more, and none that is being placed", () => {
    const placing = { state: "placing" } as const;
    expect([due(placing, 10 * minute - 1), due(placing, 10 * minute), due(placing, 10 * minute, true)]).toEqual([
      undefined,
      "abandoned",
      undefined,
    ]);
  });

  it("ends a job's own container a minute after it was last read, and forgets the job after an hour", () => {
    const done = { state: "done", endedAt: 5, readAt: minute } as const;
    expect([due(done, 2 * minute - 1), due(done, 2 * minute)]).toEqual([undefined, "release"]);
    expect(due({ ...done, box: "" }, 2 * minute)).toBeUndefined();
    expect(due({ ...done, fresh: false }, 61 * minute)).toBe("forget");
  });

  it("saves a workspace when it is quiet, or has waited ten minutes, and gives an idle keeper back", () => {
    const record = (changes: Partial<KeeperRecord>): KeeperRecord => ({
      ...{ box: "exec-0", phase: "up", made: "now", workspace: "", usedAt: 0, mark: null, changedAt: 1 },
      ...changes,
    });
    const keeper = (changes: Partial<KeeperRecord>, now: number, hasWork = false) =>
      keeperDue(record(changes), hasWork, policy, now).due;
    expect([keeper({}, 2 * minute), keeper({}, 2 * minute + 1)]).toEqual([undefined, "save"]);
    expect(keeper({ changedAt: 3 * minute }, 4 * minute)).toBeUndefined(); // it failed at three
    expect([keeper({}, 9 * minute, true), keeper({}, 10 * minute + 1, true)]).toEqual([undefined, "save"]);
    expect(keeper({ changedAt: 0 }, 29 * minute)).toBeUndefined();
    expect(keeper({ changedAt: 0 }, 30 * minute)).toBe("giveBack");
    expect(keeper({ changedAt: 0 }, 90 * minute, true)).toBeUndefined();
    expect(keeperDue(record({}), false, { ...policy, persist: false }, 5 * minute).due).toBeUndefined();
  });
});

describe("what the audit shows of a command", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const mask = masker(["hunter2hunter2"]);
  const shown = (command: string, typed?: string) => shownCommand(bytes(command), typed, mask);

  it("is its first 200 bytes, a secret masked that the cut would halve", () => {
    expect(shown(`${"x".repeat(195)}hunter2hunter2`)).toBe(`${"x".repeat(195)}[secr`);
    expect(shown("ä".repeat(150))).toBe("ä".repeat(100));
    expect(shown(`x${"ä".repeat(150)}`)).toBe(`x${"ä".repeat(99)}`);
  });

  it("is what the model typed where that stands in it, and the command itself where it does not", () => {
    expect(shown("cd /w; eval 'echo it'\\''s'", "echo it's")).toBe("echo it's");
    expect(shown("curl evil", "echo nothing")).toBe("curl evil");
    expect(shown("echo hunter2hunter2", "echo hunter2hunter2")).toBe("echo [secret]");
  });
});

describe("the notice of a replaced container", () => {
  const restored = { savedAt: "2026-11-21T12:00:00.000Z", fellBack: false };

  it("says nothing of a first one", () => {
    expect(replacementNotice(undefined, undefined)).toBeUndefined();
  });

  it.each([
    [{ why: "lost" }, undefined, /ended unexpectedly\. What lay in \/workspace is gone/],
    [{ why: "lost" }, restored, /saved at 2026-11-21.*later changes are lost/],
    [{ why: "idle", unsaved: null }, restored, /\/workspace is as it was\. .*apt/],
    [{ why: "idle", unsaved: "it is too large" }, restored, /could not be saved \(it is too large\).*saved at/],
    [{ why: "idle", unsaved: null }, { ...restored, fellBack: true }, /older copy/],
    [undefined, restored, /^This is a new sandbox\. .*saved at/],
  ] as const)("of %j with %j says what is there and what is not", (former, back, expected) => {
    expect(replacementNotice(former, back)).toMatch(expected);
  });
});
