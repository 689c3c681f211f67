/// <reference types="@cloudflare/vitest-plugin/types" />
/** A session and its one container: its commands, its ends, its workspace. */
import { describe, expect, it, vi } from "vitest";
import { declaration } from "../declaration.ts";
import {
  alarm,
  audit,
  bindings,
  freshPool,
  inside,
  lastJob,
  later,
  put,
  read,
  reset,
  run,
  session,
  world,
} from "../testing/execSession.ts";
import { exec } from "../testing/testWorker.ts";
import { poolOf } from "./poolCall.ts";

describe("a command", () => {
  it("runs in the session's container and is told with its end", async () => {
    expect(await run("say hello")).toEqual({ text: "hello", exit: 0, endedBy: "exit", notices: [] });
    expect(await run("exit 3")).toMatchObject({ exit: 3 });
    expect(world.running()).toEqual(["exec-0"]);
  });

  it("runs once, however often it is asked for, through a reset too", async () => {
    await put("once", "put count 1");
    await reset();
    expect((await put("once", "put count 1")).status).toBe(200);
    expect(world.asked.filter((what) => what.endsWith("PUT /jobs/once"))).toHaveLength(1);
    expect(await read("once")).toMatchObject({ state: "done", exit: 0 });
    expect(await read("once")).toMatchObject({ state: "done", exit: 0 });
  });

  it("is found again after a reset between its row and its start", async () => {
    world.fails = (what) => what.includes("PUT /jobs/");
    expect((await put("cut", "say hi")).status).toBe(503);
    world.fails = () => false;
    await reset();
    expect(await read("cut")).toMatchObject({ state: "running", text: "" });
    await put("cut", "say hi");
    expect(await read("cut")).toMatchObject({ state: "done", text: "hi" });
  });

  it("is killed by a cancel, and never starts after one that came first", async () => {
    await put("long", "wait");
    expect(await read("long")).toMatchObject({ state: "running" });
    await inside("jobs/long", { method: "DELETE" });
    expect(await read("long")).toMatchObject({ exit: 130, endedBy: "cancel" });
    expect((await inside("jobs/never", { method: "DELETE" })).status).toBe(404);
  });

  it("takes input while it runs where the agent fed it, and no other's", async () => {
    await put("fed", "wait", { kind: "tool", feed: true });
    const input = (job: string) => inside(`jobs/${job}/input?offset=0`, { method: "POST", body: "a line" });
    expect(await (await input("fed")).json()).toEqual({ next: 6 });
    expect((await input("never")).status).toBe(404);
    await put("plain", "wait");
    expect((await input("plain")).status).toBe(404);
  });

  it("leaves a row in the audit, once, with secrets masked", async () => {
    const command = "say the-client-token-of-this-test";
    await run(command, { shown: "the-client" });
    await run(`eval 'say it'\\''s'`, { shown: "say it's", kind: "tool" });
    await run("say x", { shown: "rm -rf /" });
    expect((await audit()).map(({ command, kind, exit }) => [command, kind, exit])).toEqual([
      ["the-client", "terminal", 0],
      ["say it's", "tool", 0],
      ["say x", "terminal", 0],
    ]);
  });

  it("has one row, however often its end is told", async () => {
    await run("say x");
    const [row] = await audit();
    if (row === undefined) throw new Error("there is no row");
    await poolOf(bindings).record({ ...row, exit: 9 });
    expect(await audit()).toEqual([row]);
  });

  it("leaves nothing behind when it is forgotten", async () => {
    for (let n = 0; n < 5; n++) await run("say x");
    expect((await poolOf(bindings).report()).boxes).toBe(1);
    expect(await read(lastJob()).catch(() => "gone")).toMatchObject({ state: null });
  });
});

describe("a container that ends by itself", () => {
  it("ends its command as lost, says so once, and the next command has another one with the workspace as it was saved", async () => {
    await run("put note first");
    later(3);
    await alarm();
    await run("put note second");
    await put("lost", "wait");
    world.crash("exec-0");
    expect(await read("lost")).toMatchObject({ state: "done", exit: 137, endedBy: "lost" });
    const next = await run("show note");
    expect(next).toMatchObject({ text: "first", exit: 0 });
    expect(next.notices?.join()).toMatch(/replaced: it ended unexpectedly.*saved at.*later changes are lost/);
    expect((await run("say x")).notices).toEqual([]);
    expect((await audit()).map(({ endedBy }) => endedBy)).toContain("lost");
  });

  it("is noticed by the command that finds it gone, which runs in the next one", async () => {
    await run("say x");
    world.crash("exec-0");
    const next = await run("say y");
    expect(next).toMatchObject({ text: "y", exit: 0 });
    expect(next.notices?.join()).toContain("What lay in /workspace is gone");
  });
});

describe("a container that has to go", () => {
  it("goes with processes that cannot be killed, after the output was read and what else ran is told as lost", async () => {
    await run("put note kept");
    await put("other", "wait");
    await put("bad", "say all");
    const container = world.containers.get("exec-0");
    if (container) container.survivors = 2;
    expect(await read("bad")).toMatchObject({ text: "all", exit: 0 });
    await vi.waitFor(() => expect(world.running()).toEqual([]));
    const other = await read("other");
    expect([other.endedBy, other.text]).toEqual(["lost", expect.stringContaining("could not be killed")]);
    const next = await run("show note");
    expect([next.text, next.notices?.join()]).toEqual(["kept", expect.stringContaining("could not be killed")]);
  });

  it("goes with a command that outlives its deadline", async () => {
    await put("endless", "wait");
    later(1.1);
    await alarm();
    expect(world.running()).toEqual(["exec-0"]);
    later(0.1);
    await alarm();
    await vi.waitFor(() => expect(world.running()).toEqual([]));
    expect(await read("endless")).toMatchObject({ exit: 137, endedBy: "lost" });
  });

  it("stays while the bucket does not take its workspace, for half an hour", async () => {
    await run("put note kept");
    world.fails = (what) => what.endsWith("/workspace/pack");
    later(31);
    await alarm();
    expect(world.running()).toEqual(["exec-0"]);
    later(30);
    await alarm();
    await vi.waitFor(() => expect(world.running()).toEqual([]));
    world.fails = () => false;
    expect((await run("say x")).notices?.join()).toContain("could not be saved (fails: exec-0 POST /workspace/pack)");
  });
});

describe("a session that idles", () => {
  it("gives its container back, and has its workspace again with the next command", async () => {
    await run("put note kept");
    later(31);
    await alarm();
    await vi.waitFor(() => expect(world.running()).toEqual([]));
    const next = await run("show note");
    expect(next.text).toBe("kept");
    expect(next.notices?.join()).toMatch(/\/workspace is as it was\. Running processes.*apt/);
  });

  it("keeps its next container when an old command is asked for that the one before it ran", async () => {
    await put("old", "say old");
    await read("old");
    later(31);
    await alarm();
    await vi.waitFor(() => expect(world.running()).toEqual([]));
    await run("put note new");
    expect(await read("old")).toMatchObject({ state: "done", exit: 0 });
    expect(await run("show note")).toMatchObject({ text: "new", notices: [] });
  });

  it("stores its workspace only when it changed, and the newest few", async () => {
    const copies = async () =>
      (await bindings.SNAPSHOTS.list({ prefix: `exec/${session}/` })).objects.map(({ key }) => key);
    for (let n = 0; n < 5; n++) {
      await run(`put note ${n}`);
      later(3);
      await alarm();
      later(3);
      await alarm();
      expect(await copies()).toHaveLength(Math.min(n + 1, declaration.exec.keepWorkspaces));
    }
    await run("say x");
    const before = await copies();
    later(3);
    await alarm();
    expect(await copies()).toEqual(before);
  });

  it("falls back to the copy before a damaged one, and says so", async () => {
    await run("put note one");
    later(3);
    await alarm();
    await run("put note two");
    later(31);
    await alarm();
    const { objects } = await bindings.SNAPSHOTS.list({ prefix: `exec/${session}/` });
    const newest =
      objects
        .map(({ key }) => key)
        .sort()
        .at(-1) ?? "";
    await bindings.SNAPSHOTS.put(newest, "rotten", { customMetadata: { sha256: "00" } });
    const next = await run("show note");
    expect([next.text, next.notices?.join()]).toEqual(["one", expect.stringContaining("an older copy")]);
  });

  it("loses its workspace where none are kept, and is told", async () => {
    exec.policy = { spare: 0, persist: false };
    await run("put note x");
    later(31);
    await alarm();
    const next = await run("show note");
    expect([next.text, next.notices?.join()]).toEqual(["absent", expect.stringContaining("is gone")]);
  });

  it("has another container, with its workspace, once sandboxes are declared otherwise and nothing runs in it", async () => {
    await run("put note kept");
    await put("long", "wait");
    exec.made = "otherwise";
    await reset();
    await freshPool();
    await run("say x");
    expect(world.asked.filter((what) => what.endsWith("start"))).toHaveLength(1);
    world.finish("long");
    await read("long");
    const next = await run("show note");
    exec.made = "of this test";
    expect([next.text, next.notices?.join()]).toEqual(["kept", expect.stringContaining("settings for sandboxes")]);
    expect(world.asked.filter((what) => what.endsWith("start"))).toHaveLength(2);
  });

  it("ends for good after its days", async () => {
    await run("put note x");
    later(31);
    await alarm();
    later(31 * 1440);
    await alarm();
    expect((await bindings.SNAPSHOTS.list({ prefix: `exec/${session}/` })).objects).toEqual([]);
    expect(await poolOf(bindings).knows(session)).toBe(false);
  });
});
