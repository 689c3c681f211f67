import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { TestAgent } from "../testing/testWorker.ts";

const namespace = (env as { AGENT: DurableObjectNamespace<TestAgent> }).AGENT;

describe("the journal", () => {
  it("gives the last lines in order, by source, with secrets masked", async () => {
    const agent = namespace.get(namespace.idFromName("order"));
    await agent.fill(["one", "two with hunter2", "three"]);
    expect((await agent.read(2)).map(({ text }) => text)).toEqual(["two with [secret]", "three"]);
    expect(await agent.read(10, "worker")).toEqual([]);
  });

  it("keeps the newest two thousand lines", async () => {
    const agent = namespace.get(namespace.idFromName("bounded"));
    await agent.fill(Array.from({ length: 2_100 }, (_, n) => `line ${n}`));
    const kept = await agent.read(5_000);
    expect([kept.length, kept[0]?.text]).toEqual([2_000, "line 100"]);
  });
});
