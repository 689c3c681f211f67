/// <reference types="@cloudflare/vitest-plugin/types" />
/** What all sessions share: limits, spares, leases; and who may ask at all. */
import { runDurableObjectAlarm } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { answerInside } from "../inside/inside.ts";
import { alarm, bindings, freshPool, later, put, run, session, world } from "../testing/execSession.ts";
import { exec } from "../testing/testWorker.ts";
import { poolOf } from "./poolCall.ts";

describe("the pool", () => {
  it("refuses what is more than may run at once, in words, and gives an idle session's container to the next", async () => {
    exec.policy = { spare: 0, parallel: 1 };
    await freshPool();
    await run("put note mine");
    expect(await run("say x", {}, `${session}b`)).toEqual({ refused: "execBusy" });
    later(2);
    expect(await run("say x", {}, `${session}b`)).toMatchObject({ text: "x" });
    later(2);
    const back = await run("show note");
    expect([back.text, back.notices?.join()]).toEqual(["mine", expect.stringContaining("another session needed one")]);
  });

  it("limits commands a minute, not a tool's polls", async () => {
    exec.policy = { spare: 0, commandsPerMinute: 2 };
    await freshPool();
    expect([await run("say 1"), await run("say 2"), await run("say 3")].map((one) => one.refused)).toEqual([
      undefined,
      undefined,
      "execRate",
    ]);
    expect(await run("say 4", { kind: "tool" })).toMatchObject({ text: "4" });
    later(1.1);
    expect(await run("say 5")).toMatchObject({ text: "5" });
  });

  it("limits the container time of a day", async () => {
    exec.policy = { spare: 0, boxMinutesPerDay: 20 };
    await freshPool();
    vi.setSystemTime(new Date(Date.now() + 86_400_000).setUTCHours(0, 0, 1, 0));
    await run("say x");
    later(21);
    expect(await run("say y")).toEqual({ refused: "execBudget" });
    later(30);
    await alarm();
    later(1440);
    expect(await run("say y")).toMatchObject({ text: "y" });
  });

  it("limits a command's length, its input included", async () => {
    exec.policy = { spare: 0, commandKilobytes: 1 };
    expect(await run(`say ${"x".repeat(2_000)}`)).toEqual({ refused: "execTooLong" });
    expect(await run("say x", { stdin: btoa("x".repeat(2_000)) })).toEqual({ refused: "execTooLong" });
  });

  it("keeps a spare from the first command until two idle minutes after the last", async () => {
    exec.policy = { spare: 1 };
    await freshPool();
    await run("say x");
    await vi.waitFor(() => expect(world.running()).toHaveLength(2));
    later(3);
    await runDurableObjectAlarm(poolOf(bindings));
    await vi.waitFor(() => expect(world.running()).toEqual(["exec-0"]));
  });

  it("takes back what a session no longer holds", async () => {
    await poolOf(bindings).lease(session, "job:vanished");
    later(6);
    await runDurableObjectAlarm(poolOf(bindings));
    await vi.waitFor(async () => expect((await poolOf(bindings).report()).boxes).toBe(0));
  });

  it("goes on with an end that a reset interrupted, or that failed", async () => {
    await run("say x");
    world.fails = (what) => what.endsWith("destroy");
    later(31);
    await alarm();
    expect((await poolOf(bindings).report()).boxes).toBe(1);
    world.fails = () => false;
    await freshPool();
    await runDurableObjectAlarm(poolOf(bindings));
    await vi.waitFor(async () => expect((await poolOf(bindings).report()).boxes).toBe(0));
  });
});

describe("the doors of Exec", () => {
  it("is the agent's container's alone", async () => {
    for (const className of ["ExecBox", "CareBox"]) {
      const request = new Request(`http://talaria.internal/exec/sessions/${session}/jobs/a`);
      expect((await answerInside(request, bindings, { className, containerId: "x" })).status).toBe(403);
    }
  });

  it.each(["exec/sessions/a/operator/list", "exec/sessions/a/jobs/../x", "exec/sessions/a%2Fb/jobs/c", "exec/pool"])(
    "has no address %s",
    async (path) => {
      const request = new Request(`http://talaria.internal/${path}`);
      expect((await answerInside(request, bindings, { className: "AgentBox", containerId: "x" })).status).toBe(404);
    },
  );

  it("does not let the agent ask as an operator", async () => {
    expect((await put("x", "say x", { kind: "operator" })).status).toBe(400);
  });
});
