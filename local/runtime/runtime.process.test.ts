import fs from "node:fs";
import net from "node:net";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DeployedWorker } from "./contract.ts";
import { containerWorker, eventually, image, isAlive, startTestRuntime, type TestRuntime } from "./testing/fixture.ts";

describe("the runtime", () => {
  let test: TestRuntime;
  let worker: DeployedWorker;
  let url: string;

  const get = async (path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init);
    return { status: response.status, text: await response.text() };
  };
  const json = async (path: string) => JSON.parse((await get(path)).text);
  const upload = (version: string) =>
    test.runtime.deploy({
      ...worker,
      bindings: worker.bindings.map((binding) =>
        binding.name === "VERSION" ? { ...binding, text: version } : binding,
      ),
    });

  beforeAll(async () => {
    test = await startTestRuntime();
    worker = await containerWorker("bot");
    await test.runtime.setImage("bot", "App", image);
    await test.runtime.setImage("bot", "Mute", image);
    await test.runtime.deploy(worker);
    await test.runtime.setPublic("bot", true);
    url = await test.runtime.url("bot");
  });
  afterAll(() => test.stop());

  it("gives the Worker its modules, bindings and public URL", async () => {
    expect(await json("/about?q=1")).toMatchObject({
      url: `${url}/about?q=1`,
      secret: "shh",
      data: { deep: [1] },
      greeting: "hello",
    });
  });

  it("writes the Worker's console to the log under its name", async () => {
    await get("/log");
    await eventually("the line", () =>
      test.lines.some((line) => line.worker === "bot" && line.text.includes("hello from one")),
    );
  });

  it("takes a body of 30 MB", async () => {
    const body = new Uint8Array(30 << 20);
    expect((await get("/length", { method: "POST", body })).text).toBe(String(body.length));
  });

  it("starts a container on the first request and passes path, body and streams", async () => {
    expect(await json("/app/a/hello?x=1")).toMatchObject({ path: "/hello?x=1" });
    const events = await fetch(`${url}/app/a/sse`);
    expect((await events.text()).match(/data: \d/g)).toHaveLength(5);
  });

  it("passes WebSockets to the container", async () => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/app/a/socket`);
    const answer = new Promise((resolve, reject) => {
      socket.addEventListener("open", () => socket.send("hi"));
      socket.addEventListener("message", (event) => resolve(event.data));
      socket.addEventListener("error", (event) => reject(event.error));
    });
    expect(await answer).toBe("echo hi");
    socket.close();
  });

  it("tells the container when the client of a stream leaves", async () => {
    const abort = new AbortController();
    const stream = await fetch(`${url}/app/a/forever`, { signal: abort.signal });
    await stream.body?.getReader().read();
    expect(await json("/app/a/cancelled")).toBe(false);
    abort.abort();
    await eventually("the cancel", () => json("/app/a/cancelled"));
  });

  it("runs two instances side by side on the same port", async () => {
    const [a, b] = await Promise.all([json("/app/a/env"), json("/app/b/env")]);
    expect(a.TALARIA_BIND).toMatch(/^127\./);
    expect(a.TALARIA_BIND).not.toBe(b.TALARIA_BIND);
    expect(a.TALARIA_HOME).not.toBe(b.TALARIA_HOME);
    expect(await test.runtime.instances("bot", "App")).toHaveLength(2);
  });

  it("gives the container the environment of the contract and nothing of this process", async () => {
    const env = await json("/app/a/env");
    const root = env.TALARIA_HOME.replace(/\/home\/hermes$/, "");
    expect(env).toMatchObject({
      TALARIA_IMAGE: image,
      FROM_IMAGE: image,
      TALARIA_WORKSPACE: `${root}/workspace`,
      TALARIA_RUN: `${root}/run/talaria`,
      HERMES_MANAGED_DIR: `${root}/etc/hermes`,
      TMPDIR: `${root}/tmp`,
    });
    expect(env.VITEST).toBeUndefined();
  });

  it("leads TALARIA_URL to the handler of the inside host, which knows who asks", async () => {
    const { status, text } = await json("/app/a/inside");
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      url: "http://talaria.internal/who?x=1",
      method: "POST",
      body: "from the container",
      className: "App",
      containerId: (await get("/id/a")).text,
    });
  });

  it("answers a class without a handler with an error", async () => {
    const { status, text } = await json("/mute/a/inside");
    expect(status).toBe(403);
    expect(text).toContain("no handler for talaria.internal");
  });

  it("runs a command in the container", async () => {
    const command = encodeURIComponent(JSON.stringify(["sh", "-c", "echo $TALARIA_BIND; exit 3"]));
    const { TALARIA_BIND } = await json("/app/a/env");
    expect(await json(`/exec/a?a=${command}`)).toEqual({ exitCode: 3, stdout: `${TALARIA_BIND}\n` });
  });

  it("refuses a port that the image does not declare", async () => {
    expect(await json("/port/a?a=22")).toContain("not listening");
    expect(test.logged("port 22 is refused: its image declares only 8080, 8642")).toBe(true);
  });

  it("refuses a service on 127.0.0.1 only, and says what it must bind", async () => {
    await json("/app/b/localhost");
    const { TALARIA_BIND } = await json("/app/b/env");
    expect(await json("/port/b?a=8642")).toContain("not listening");
    expect(test.logged(`port 8642: a program listens on 127.0.0.1 only`)).toBe(true);
    expect(test.logged(`bind ${TALARIA_BIND}:8642 (environment variable TALARIA_BIND)`)).toBe(true);
  });

  it("keeps the container, the port and the storage through an upload, and cuts open requests", async () => {
    const pid = await json("/app/a/pid");
    const before = await json("/counter");
    const slow = fetch(`${url}/counter/slow`).then(
      () => "answered",
      () => "cut",
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    await upload("two");
    expect(await slow).toBe("cut");
    expect(await json("/about")).toMatchObject({ url: `${url}/about`, version: "two" });
    expect(await json("/counter")).toEqual({ count: before.count + 1 });
    expect(await json("/running/a")).toBe(true);
    expect(await json("/app/a/pid")).toBe(pid);
    expect((await json("/app/a/inside")).status).toBe(200);
  });

  it("keeps a container when the new version has another class with containers", async () => {
    const pid = await json("/app/a/pid");
    const { Mute, ...classes } = worker.classes;
    await test.runtime.deploy({
      ...worker,
      bindings: worker.bindings.filter((binding) => binding.name !== "MUTE"),
      classes,
    });
    expect(await json("/app/a/pid")).toBe(pid);
    expect((await json("/app/a/inside")).status).toBe(200);
    await upload("three");
    expect(await json("/app/a/pid")).toBe(pid);
    expect(Mute).toBeDefined();
  });

  it("keeps the version before when an upload does not start, and throws its message", async () => {
    const content = new TextEncoder().encode("throw new Error('boom at the top')");
    const broken = {
      ...worker,
      modules: [{ name: "index.js", contentType: "application/javascript+module", content }],
    };
    await expect(test.runtime.deploy(broken)).rejects.toThrow("boom at the top");
    expect(await json("/about")).toMatchObject({ version: "three" });
  });

  it("does not reset one Worker when another is uploaded", async () => {
    const slow = fetch(`${url}/app/a/forever`);
    const stream = (await slow).body?.getReader();
    await stream?.read();
    await test.runtime.deploy(await containerWorker("other"));
    await test.runtime.setPublic("other", true);
    const other = await test.runtime.url("other");
    expect(other).not.toBe(url);
    expect(await (await fetch(`${other}/counter`)).json()).toEqual({ count: 1 });
    for (let chunk = 0; chunk < 20; chunk++) expect(await stream?.read()).toMatchObject({ done: false });
    await stream?.cancel();
    await test.runtime.remove("other");
    await expect(fetch(other)).rejects.toThrow();
  });

  it("fires a cron on demand and reports a handler that throws", async () => {
    await test.runtime.fireCron("bot", "*/5 * * * *");
    expect(await json("/about")).toMatchObject({ crons: "*/5 * * * *" });
    await expect(test.runtime.fireCron("bot", "1 1 1 1 *")).rejects.toThrow("exception");
    await expect(test.runtime.setSchedules("bot", ["61 * * * *"])).rejects.toThrow("61 * * * *");
  });

  it("counts and forgets the objects of a bucket", async () => {
    await test.runtime.fireCron("bot", "*/5 * * * *");
    expect(await test.runtime.bucketSize("bot-bucket")).toBe(1);
    expect(await test.runtime.bucketSize("never-written")).toBe(0);
    await test.runtime.removeBucket("bot-bucket");
    expect(await test.runtime.bucketSize("bot-bucket")).toBe(0);
  });

  it("rolls out by ending only the containers of another image", async () => {
    const [a, b] = [await json("/app/a/pid"), await json("/app/b/pid")];
    await test.runtime.rollout("bot", "App", 5000);
    expect(isAlive(a) && isAlive(b)).toBe(true);
    await test.runtime.setImage("bot", "App", "registry.example/fixture:2");
    await test.runtime.rollout("bot", "App", 5000);
    expect(isAlive(a) || isAlive(b)).toBe(false);
    expect((await json("/app/a/env")).TALARIA_IMAGE).toBe("registry.example/fixture:2");
  });

  it("destroys a container with everything that it started and its folder", async () => {
    const stray = await json("/app/a/stray");
    const { TALARIA_HOME } = await json("/app/a/env");
    const pid = await json("/app/a/pid");
    expect(isAlive(stray) && isAlive(pid) && fs.existsSync(TALARIA_HOME)).toBe(true);
    await json("/destroy/a");
    expect(await json("/running/a")).toBe(false);
    expect(isAlive(stray) || isAlive(pid) || fs.existsSync(TALARIA_HOME)).toBe(false);
    const running = (await test.runtime.instances("bot", "App")).filter(({ state }) => state === "running");
    expect(running).toHaveLength(0);
  });

  it("tells the object when its container ends, and starts another for the next request", async () => {
    await get("/app/c/exit?code=7");
    await eventually("onStop", async () => (await json("/stopped/c"))?.exitCode === 7);
    expect(test.logged("ended with code 7")).toBe(true);
    expect(await json("/app/c/again")).toMatchObject({ path: "/again" });
  });

  it("does not start a container whose application is gone, and says which", async () => {
    await test.runtime.setImage("bot", "Mute", undefined);
    await json("/destroy/c");
    expect((await get("/mute/fresh/hello")).status).toBe(500);
    expect(test.logged("class Mute has no container application")).toBe(true);
    await test.runtime.setImage("bot", "Mute", "registry.example/unknown:1");
    expect((await get("/mute/fresh/hello")).status).toBe(500);
    expect(test.logged("no program for registry.example/unknown:1")).toBe(true);
  });

  it("closes the public door and opens it again on the same port", async () => {
    await test.runtime.setPublic("bot", false);
    await expect(fetch(url)).rejects.toThrow();
    await test.runtime.fireCron("bot", "*/5 * * * *");
    await test.runtime.setPublic("bot", true);
    expect(await json("/about")).toMatchObject({ url: `${url}/about` });
  });

  it("says what to do when the remembered port is taken", async () => {
    await test.runtime.setPublic("bot", false);
    const thief = net.createServer().listen(Number(new URL(url).port), "127.0.0.1");
    await expect(test.runtime.setPublic("bot", true)).rejects.toThrow(/port in use.*another program.*\n.*lsof/);
    await new Promise((resolve) => thief.close(resolve));
    await test.runtime.setPublic("bot", true);
  });
});
