import { describe, expect, it } from "vitest";
import { GatewayLog } from "./gatewayLog.ts";
import { masked } from "./machine.ts";

type Lines = { at: string; level: string; text: string }[];

/** The log of a gateway that answers when it is told to. */
function aLog() {
  const asked: PromiseWithResolvers<Lines>[] = [];
  const kept: string[] = [];
  const warned: string[] = [];
  const stored = new Map<string, unknown>();
  const clock = { now: 1_000_000 };
  const log = new GatewayLog({
    gateway: {
      logs: () => {
        const question = Promise.withResolvers<Lines>();
        asked.push(question);
        return question.promise;
      },
    },
    journal: { add: (_source, level, lines) => void kept.push(...lines.map((line) => `${level} ${line}`)) },
    storage: { get: (key) => stored.get(key), put: (key, value) => void stored.set(key, value) },
    log: (_level, text) => void warned.push(text),
    now: () => clock.now,
  });
  return { log, asked, kept, warned, clock };
}

const lines: Lines = [
  { at: "2026-11-22T00:00:01Z", level: "info", text: "one" },
  { at: "2026-11-22T00:00:02Z", level: "CRITICAL", text: "two" },
];

describe("the gateway's log", () => {
  it("comes into the journal once, though two looks at it overlap", async () => {
    const { log, asked, kept } = aLog();
    const looks = [log.capture(), log.capture()];
    for (const { resolve } of asked) resolve(lines);
    await Promise.all(looks);
    expect(kept).toEqual(["info one", "error two"]);
  });

  it("is looked at once for all who follow it, and again after three seconds", async () => {
    const { log, asked, clock } = aLog();
    const followers = [log.refresh(), log.refresh()];
    asked[0]?.resolve(lines);
    await Promise.all(followers);
    await log.refresh();
    expect(asked).toHaveLength(1);
    clock.now += 3_000;
    const again = log.refresh();
    asked[1]?.resolve([]);
    await again;
    expect(asked).toHaveLength(2);
  });

  it("says in the Worker's own where it cannot be read", async () => {
    const { log, asked, warned } = aLog();
    const look = log.refresh();
    asked[0]?.reject(new Error("the server hangs"));
    await look;
    expect(warned).toEqual(["the gateway's log could not be read"]);
  });
});

describe("what the container looks like inside", () => {
  it("holds no secret that the Worker knows, whatever its key", () => {
    const process = { pid: 1, name: "hunter2", user: "hermes", since: "2026-11-22T00:00:00Z", rssBytes: 1 };
    const machine = { processes: [process], ports: [], config: { user: "harmless: hunter2", managed: null } };
    const shown = masked(machine, (text) => text.replaceAll("hunter2", "[secret]"));
    expect(JSON.stringify(shown)).not.toContain("hunter2");
    expect(shown.config).toEqual({ user: "harmless: [secret]", managed: null });
  });
});
