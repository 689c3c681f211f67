/// <reference types="@cloudflare/vitest-plugin/types" />
/** Sessions and their pool as objects of workerd, over stand-ins of containers. */
import { abortAllDurableObjects, evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { declaration } from "../declaration.ts";
import type { Env } from "../env.ts";
import { answerInside } from "../inside/inside.ts";
import { ExecWorld } from "../testing/fakeExecBox.ts";
import { exec } from "../testing/testWorker.ts";
import { poolOf, sessionOf } from "./call.ts";
import { pause } from "./waiting.ts";

const bindings = env as Env;
let session = "";
let jobs = 0;
let world: ExecWorld;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  world = new ExecWorld();
  exec.world = world;
  exec.policy = { spare: 0 };
  session = `s${jobs++}`;
});
afterEach(async () => {
  await runInDurableObject(poolOf(bindings), async (_, { storage }) => {
    for (const table of ["leases", "sessions", "audit"]) storage.sql.exec(`DELETE FROM ${table}`);
    storage.kv.delete("budget");
    await storage.deleteAlarm();
  });
  await freshPool();
  vi.useRealTimers();
});

/** The pool as a reset leaves it. */
async function freshPool(): Promise<void> {
  await poolOf(bindings).knows("");
  await evictDurableObject(poolOf(bindings));
}

async function inside(path: string, init: RequestInit = {}, of = session): Promise<Response> {
  const request = new Request(`http://talaria.internal/exec/sessions/${of}/${path}`, init);
  const answer = await answerInside(request, bindings, { className: "AgentBox", containerId: "box-1" });
  return new Response(await answer.arrayBuffer(), answer);
}

const put = (job: string, command: string, options: object = {}, of = session) =>
  inside(
    `jobs/${job}`,
    {
      method: "PUT",
      body: JSON.stringify({ kind: "terminal", command: btoa(command), timeoutSeconds: 60, ...options }),
    },
    of,
  );

async function read(job: string, offset = 0, of = session) {
  const answer = await inside(`jobs/${job}?offset=${offset}`, {}, of);
  const header = (name: string) => answer.headers.get(`x-job-${name}`);
  const exit = header("exit");
  return {
    text: await answer.text(),
    state: header("state"),
    exit: exit === null ? undefined : Number(exit),
    endedBy: header("ended-by"),
  };
}

/** One command from its start to its being forgotten. */
async function run(command: string, options: object = {}, of = session) {
  const job = `j${jobs++}`;
  const placed = await put(job, command, options, of);
  if (!placed.ok) return { refused: ((await placed.json()) as { error: { code: string } }).error.code };
  const { notices } = (await placed.json()) as { notices: string[] };
  const { text, exit, endedBy } = await read(job, 0, of);
  await inside(`jobs/${job}/forget`, { method: "POST" }, of);
  return { text, exit, endedBy, notices };
}
const alarm = (of = session) => runDurableObjectAlarm(sessionOf(bindings, of));
async function reset(of = session): Promise<void> {
  await sessionOf(bindings, of).holds("");
  await evictDurableObject(sessionOf(bindings, of));
}
const later = (minutes: number) => vi.setSystemTime(Date.now() + minutes * 60_000);
const audit = async () => (await poolOf(bindings).audit({ session, limit: 100 }, 0)).rows;

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
    expect(await read(`j${jobs - 1}`).catch(() => "gone")).toMatchObject({ state: null });
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
