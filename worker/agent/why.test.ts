import { describe, expect, it } from "vitest";
import { aStatus } from "../testing/aStatus.ts";
import { type State, transitions as table } from "./lifecycle.ts";
import { why } from "./why.ts";

const states = Object.keys(table) as State[];

describe("why a bot does not answer", () => {
  it("is said in every state, in whole sentences, and only a ready one answers", () => {
    for (const state of states) {
      for (const desired of ["running", "asleep", "stopped"] as const) {
        const { answers, because } = why(aStatus({ state, desired }));
        expect(answers).toBe(state === "ready");
        for (const sentence of because) expect(sentence).toMatch(/^[A-Z].*[.!?…)]$/);
      }
    }
  });

  it("names the last error of a bot that does not start, and what came before", () => {
    const transitions = [
      { at: "2026-11-22T04:00:00.000Z", from: "ready", to: "absent", cause: "cron: the container is gone", ms: 1 },
      { at: "2026-11-22T05:00:00.000Z", from: "absent", to: "failed", cause: "no image", ms: 1 },
    ] as const;
    const lastError = { code: "startFailed", message: "no image", next: "Look at the log." } as const;
    expect(why(aStatus({ state: "failed", since: "2026-11-22T05:00:00.000Z", transitions, lastError }))).toEqual({
      answers: false,
      because: [
        "It does not start since 2026-11-22 05:00 UTC, and is tried again by itself: no image.",
        "Before, at 2026-11-22 04:00 UTC: ready → absent (cron: the container is gone).",
      ],
      next: "Look at the log.",
    });
    const gaveUp = { ...lastError, code: "gaveUp" } as const;
    expect(why(aStatus({ state: "failed", lastError: gaveUp })).because[0]).toContain("was given up");
    const staysDown = { ...lastError, code: "staysDown" } as const;
    expect(why(aStatus({ state: "failed", lastError: staysDown })).because[0]).toContain("until somebody wakes it");
  });

  it("tells a sleep from a stop, and what ends it", () => {
    const nextJob = { id: "1", name: "the news", at: "2026-11-23T07:00:00.000Z" };
    const asleep = why(aStatus({ state: "stopped", desired: "asleep", nextJob }));
    expect(asleep.because).toContain("Its next job, the news, wakes it at 2026-11-23 07:00 UTC.");
    expect(why(aStatus({ state: "stopped", desired: "stopped", nextJob })).because[0]).toContain("on purpose");
    expect(why(aStatus({ state: "absent", desired: "asleep", transitions: [] })).because).toEqual([
      "It was never started.",
    ]);
  });

  it("says what is wrong with one that answers, too", () => {
    const memory = { run: null, alarms: [{ code: "x", message: "nothing was saved since noon", since: "" }] };
    const images = { ...aStatus().images, hermes: { declared: "hermes@2", running: "hermes@1" } };
    expect(why(aStatus({ images, memory: { ...aStatus().memory, ...memory } })).because.slice(1)).toEqual([
      "It runs the image hermes@1, and hermes@2 is declared.",
      "Its memory: nothing was saved since noon.",
    ]);
    const alarms = [{ code: "chatDeaf", about: "slack", what: "Slack is not heard", since: "" }] as const;
    expect(why(aStatus({ alarms })).because.slice(1)).toEqual(["Slack is not heard."]);
  });
});
