import { expect, test } from "vitest";
import { botNames, rateLimitNamespace } from "./naming.ts";

test("keeps a plain project and stack readable", () => {
  expect(botNames("talaria", "prod")).toEqual({
    worker: "talaria-prod",
    bucket: "talaria-prod-snapshots",
    recoveryToken: "talaria-prod-recovery",
    aiGateway: "talaria-prod-models",
    access: {
      operators: "talaria-prod",
      dashboard: "talaria-prod-dashboard",
      people: "talaria-prod-people",
      programs: "talaria-prod-programs",
      serviceToken: "talaria-prod-stack",
    },
    applications: { hermes: "talaria-prod-hermes", exec: "talaria-prod-exec", care: "talaria-prod-care" },
  });
});

test("tells apart stacks that read alike once they fit the rules", () => {
  const alike = [
    ["talaria", "dev"],
    ["talaria", "Dev"],
    ["talaria", "dev."],
    ["talaria", "dev_"],
    ["talaria-my", "bot"],
    ["talaria", "my-bot"],
    ["talaria", "my.bot"],
    ["talaria", `${"x".repeat(60)}a`],
    ["talaria", `${"x".repeat(60)}b`],
  ] as const;
  const workers = alike.map(([project, stack]) => botNames(project, stack).worker);
  expect(new Set(workers).size).toBe(alike.length);
});

test("makes names that every resource takes, and no two alike, for any project and stack", () => {
  const random = generator(7);
  const seen = new Map<string, string>();
  for (let round = 0; round < 3000; round++) {
    const [project, stack] = [word(random, 12), word(random, 100)];
    const { worker, bucket, applications } = botNames(project, stack);
    for (const name of [worker, bucket, ...Object.values(applications)]) {
      expect(name).toMatch(/^[a-z0-9](?:[a-z0-9-]{1,61})[a-z0-9]$/);
    }
    const owner = `${project}\n${stack}`;
    expect(seen.get(worker) ?? owner).toBe(owner);
    seen.set(worker, owner);
  }
});

test("a stack that is called like another one's hashed name gets a hash of its own", () => {
  const { worker } = botNames("talaria", "Dev");
  expect(botNames("talaria", worker.replace("talaria-", "")).worker).not.toBe(worker);
});

test("draws rate limit namespaces as positive integers that differ by stack and purpose", () => {
  const drawn = ["dev", "prod"].flatMap((stack) =>
    ["chat", "api"].map((purpose) => rateLimitNamespace("talaria", stack, purpose)),
  );
  expect(new Set(drawn).size).toBe(4);
  for (const id of drawn) {
    expect(id).toMatch(/^[1-9]\d*$/);
    expect(Number(id)).toBeLessThan(2 ** 31 + 1);
  }
});

/** Characters that Pulumi allows in a name, hyphens often. */
const letters = "abcXYZ019-_.-";

function word(random: () => number, longest: number): string {
  const length = 1 + Math.floor(random() * longest);
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)]).join("");
}

/** Repeatable numbers from 0 to 1 (mulberry32). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
