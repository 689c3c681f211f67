import { describe, expect, it } from "vitest";
import { missing, mustHold } from "./journal.ts";
import { everyFault, plan } from "./plan.ts";
import { seeded } from "./random.ts";

const named = (seed: number) =>
  plan(seed, 400, { fullDisks: true }).flatMap(({ faults }) => faults.map(({ kind, at }) => `${kind} ${at}`));

describe("the plan of a torture", () => {
  it("is the same for the same seed, and another one for another", () => {
    expect(named(7)).toEqual(named(7));
    expect(named(7)).not.toEqual(named(8));
  });

  it("has every fault once before any comes again", () => {
    const all = everyFault().map(({ kind, at }) => `${kind} ${at}`);
    expect(new Set(all).size).toBe(all.length);
    const common = plan(3, all.length, { fullDisks: false }).flatMap(({ faults }) => faults);
    expect(new Set(common.map(({ kind, at }) => `${kind} ${at}`))).toEqual(new Set(all));
  });

  it("leaves full disks out where they cannot be had", () => {
    const kinds = (fullDisks: boolean) =>
      plan(1, 600, { fullDisks }).flatMap((batch) => batch.faults.map(({ kind }) => kind));
    expect(kinds(true)).toContain("the disk full");
    expect(kinds(false)).not.toContain("the disk full");
  });
});

describe("what a snapshot must hold", () => {
  const marker = { phase: "first-boot", boot: "b", snapshot: null };
  const found = (entries: Record<string, Record<string, number>>) => ({ entries, ballast: 1, skills: 1, wrong: [] });
  const acks = [1, 2, 3].map((number) => ({ in: "state.db", number, at: 100 + number * 10 }));
  const lives = [
    { life: "a", at: 100, marker, found: found({}), acks },
    { life: "b", at: 200, marker, found: found({ "state.db": { a: 2 } }), acks: [] },
  ];

  it("is what was acknowledged before its run began, and what its life began with", () => {
    expect(mustHold(lives, 121)).toEqual({ "state.db": { a: 2 } });
    expect(mustHold(lives, 300)).toEqual({ "state.db": { a: 2 } });
    expect(mustHold(lives, 99)).toEqual({});
  });

  it("names what is missing, and is content with more", () => {
    expect(missing({ "state.db": { a: 2 } }, { "state.db": { a: 3 } })).toEqual([]);
    expect(missing({ "state.db": { a: 2 } }, {})).toEqual(["state.db has 0 of 2 entries of a"]);
  });
});

describe("chance from a seed", () => {
  it("mixes everything and loses nothing", () => {
    const mixed = seeded(5).shuffled([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(mixed).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([...mixed].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });
});
