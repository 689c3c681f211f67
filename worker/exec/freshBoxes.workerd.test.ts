/// <reference types="@cloudflare/vitest-plugin/types" />
/** A container for each command, the workspace carried both ways. */
import { abortAllDurableObjects } from "cloudflare:test";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  alarm,
  audit,
  bindings,
  freshPool,
  inside,
  later,
  put,
  read,
  reset,
  run,
  session,
  world,
} from "../testing/execSession.ts";
import { exec } from "../testing/testWorker.ts";
import { pause } from "./waiting.ts";

describe("a container for each command", () => {
  beforeEach(() => {
    exec.policy = { isolation: "command", spare: 0 };
  });

  it("runs a terminal's command apart, tools in the keeper, and carries the workspace both ways", async () => {
    await run("put note from-tool", { kind: "tool" });
    expect(await run("show note")).toMatchObject({ text: "from-tool" });
    await run("put note changed");
    expect(await run("show note", { kind: "tool" })).toMatchObject({ text: "changed" });
    await run("remove note");
    expect(await run("show note")).toMatchObject({ text: "absent" });
    const boxes = (await audit()).map(({ kind, box }) => [kind, box]);
    expect(new Set(boxes.filter(([kind]) => kind === "tool").map(([, box]) => box))).toEqual(new Set(["exec-0"]));
    expect(boxes.filter(([kind]) => kind === "terminal").map(([, box]) => box)).not.toContain("exec-0");
    await vi.waitFor(() => expect(world.running()).toEqual(["exec-0"]));
  });

  it("starts no keeper for a command that changes nothing", async () => {
    expect(await run("say x")).toMatchObject({ text: "x" });
    await vi.waitFor(() => expect(world.running()).toEqual([]));
  });

  it("takes changes over after a reset between a command's end and that", async () => {
    await run("say x", { kind: "tool" });
    await put("cut", "put note kept");
    world.waits = (what) => (what.endsWith("/workspace/pack") ? new Promise(() => {}) : undefined);
    expect(await read("cut")).toMatchObject({ state: "done", exit: 0 });
    expect(world.asked.at(-1)).toContain("/workspace/pack");
    await abortAllDurableObjects();
    world.waits = () => undefined;
    expect(await run("show note", { kind: "tool" })).toMatchObject({ text: "kept" });
  });

  it("is told of its end at once, and the next command waits until its changes are taken over", async () => {
    await run("say x", { kind: "tool" });
    const taken = Promise.withResolvers<void>();
    await put("first", "put note changed");
    world.waits = (what) => (what === "exec-0 POST /workspace/unpack" ? taken.promise : undefined);
    expect(await read("first")).toMatchObject({ state: "done", exit: 0 });
    const next = [run("show note", { kind: "tool" }), run("show note")];
    await vi.waitFor(() => expect(world.asked.at(-1)).toBe("exec-0 POST /workspace/unpack"));
    taken.resolve();
    for (const { text } of await Promise.all(next)) expect(text).toBe("changed");
  });

  it("takes changes over once, when two readers bring the same end", async () => {
    await run("put note before", { kind: "tool" });
    await put("twice", "put note after");
    const first = Promise.withResolvers<void>();
    world.waits = (what) => (what.endsWith("GET /jobs/twice") ? first.promise : undefined);
    const late = read("twice");
    await vi.waitFor(() => expect(world.asked.at(-1)).toContain("GET /jobs/twice"));
    world.waits = () => undefined;
    await read("twice");
    first.resolve();
    await late;
    const unpacked = world.asked.filter((what) => what === "exec-0 POST /workspace/unpack");
    expect(unpacked).toHaveLength(1);
    expect((await audit()).filter(({ job }) => job === "twice")).toHaveLength(1);
  });

  it("does not make a container ready again in which the command may run", async () => {
    await run("put note x", { kind: "tool" });
    world.fails = (what) => what.includes("PUT /jobs/");
    await put("sent", "say hi");
    world.fails = () => false;
    await reset();
    const unpacks = () => world.asked.filter((what) => what.endsWith("/workspace/unpack")).length;
    const before = unpacks();
    await put("sent", "say hi");
    expect([unpacks(), (await read("sent")).text]).toEqual([before, "hi"]);
  });

  it("is saved also after more commands than its supervisor keeps marks for", async () => {
    const stored = async () => (await bindings.SNAPSHOTS.list({ prefix: `exec/${session}/` })).objects.length;
    await run("put note 0", { kind: "tool" });
    later(3);
    await alarm();
    expect(await stored()).toBe(1);
    for (let n = 1; n < 10; n++) await run(`put note ${n}`);
    later(3);
    await alarm();
    expect(await stored()).toBe(2);
  });

  it("has another one where the spare that had answered has ended since", async () => {
    exec.policy = { ...exec.policy, spare: 1 };
    await freshPool();
    await run("put note here", { kind: "tool" });
    const spare = () => world.running().find((box) => box !== "exec-0");
    await vi.waitFor(() => expect(spare()).toBeDefined(), 5_000);
    await pause(50); // the pool knows that it has answered
    world.crash(spare() ?? "");
    expect(await run("show note")).toMatchObject({ text: "here", exit: 0 });
  });

  it("starts nothing for a command that is refused", async () => {
    exec.policy = { ...exec.policy, commandsPerMinute: 1 };
    await freshPool();
    await run("say x");
    await vi.waitFor(() => expect(world.running()).toEqual([]));
    const before = world.asked.length;
    expect(await run("say y")).toEqual({ refused: "execRate" });
    expect([world.asked.length, world.running()]).toEqual([before, []]);
  });

  it("says what could not be taken over", async () => {
    exec.policy = { ...exec.policy, workspaceMegabytes: 0.0001 };
    await reset();
    await run(`put note ${"x".repeat(500)}`);
    expect((await run("say y")).notices?.join()).toContain("larger than may be kept");
  });

  it("ends the container of a command that nobody forgets", async () => {
    await put("unread", "say x");
    await read("unread");
    later(2);
    await alarm();
    await vi.waitFor(() => expect(world.running()).toEqual([]));
    expect(await read("unread")).toMatchObject({ state: "done", exit: 0 });
    later(70);
    await alarm();
    expect((await inside("jobs/unread")).status).toBe(404);
  });
});
