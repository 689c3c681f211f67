import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { TestAgent } from "../testing/testWorker.ts";

const namespace = (env as { AGENT: DurableObjectNamespace<TestAgent> }).AGENT;

describe("the journal", () => {
  it("gives the last lines in order, by source, with secrets masked", async () => {
    const agent = namespace.get(namespace.idFromName("order"));
    await agent.fill(["one", "two with hunter2", "three"]);
    expect((await agent.read({ tail: 2 })).lines.map(({ text }) => text)).toEqual(["two with [secret]", "three"]);
    expect((await agent.read({ tail: 10, source: "worker" })).lines).toEqual([]);
  });

  it("keeps the newest two thousand lines", async () => {
    const agent = namespace.get(namespace.idFromName("bounded"));
    await agent.fill(Array.from({ length: 2_100 }, (_, n) => `line ${n}`));
    const kept = (await agent.read({ tail: 5_000 })).lines;
    expect([kept.length, kept[0]?.text]).toEqual([2_000, "line 100"]);
  });

  it("gives lines of a level and worse", async () => {
    const agent = namespace.get(namespace.idFromName("levels"));
    for (const level of ["info", "warn", "error"] as const) await agent.fillWith("worker", level, [level]);
    const texts = async (level: "info" | "warn" | "error") =>
      (await agent.read({ tail: 9, level })).lines.map(({ text }) => text);
    expect([await texts("info"), await texts("warn"), await texts("error")]).toEqual([
      ["info", "warn", "error"],
      ["warn", "error"],
      ["error"],
    ]);
  });

  it("lets a follower miss nothing and see nothing twice, however few lines he takes at once", async () => {
    const agent = namespace.get(namespace.idFromName("follower"));
    await agent.fillWith("gateway", "info", ["a", "b"]);
    const { lines, next } = await agent.read({ tail: 1 });
    expect(lines.map(({ text }) => text)).toEqual(["b"]);
    await agent.fillWith("gateway", "info", ["c", "d", "e"]);
    await agent.fillWith("worker", "info", ["not this source"]);
    const seen: string[] = [];
    for (let since = next, reads = 0; reads < 4; reads++) {
      const page = await agent.read({ tail: 2, source: "gateway", since });
      seen.push(...page.lines.map(({ text }) => text));
      since = page.next;
    }
    expect(seen).toEqual(["c", "d", "e"]);
  });

  it("begins anew for a follower of a journal that is gone", async () => {
    const agent = namespace.get(namespace.idFromName("anew"));
    await agent.fillWith("worker", "info", ["first"]);
    expect(await agent.read({ tail: 5, since: 900 })).toMatchObject({ lines: [{ text: "first" }], next: 1 });
  });
});
