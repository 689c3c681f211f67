import fs from "node:fs";
import { WebSocket } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bot, eventually, image, isAlive, startBot } from "./testing/fixture.ts";

describe("containers on the process engine", () => {
  let bot: Bot;
  beforeAll(async () => {
    bot = await startBot();
  });
  afterAll(() => bot.stop());

  it("starts a container on the first request and passes path, body and streams", async () => {
    expect(await bot.json("/app/a/hello?x=1")).toMatchObject({ path: "/hello?x=1" });
    const events = await fetch(`${bot.url}/app/a/sse`);
    expect((await events.text()).match(/data: \d/g)).toHaveLength(5);
  });

  it("passes WebSockets to the container", async () => {
    const socket = new WebSocket(`${bot.url.replace("http", "ws")}/app/a/socket`);
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
    const stream = await fetch(`${bot.url}/app/a/forever`, { signal: abort.signal });
    await stream.body?.getReader().read();
    expect(await bot.json("/app/a/cancelled")).toBe(false);
    abort.abort();
    await eventually("the cancel", () => bot.json("/app/a/cancelled"));
  });

  it("runs two instances side by side on the same port", async () => {
    const [a, b] = await Promise.all([bot.json("/app/a/env"), bot.json("/app/b/env")]);
    expect(a.TALARIA_BIND).toMatch(/^127\./);
    expect(a.TALARIA_BIND).not.toBe(b.TALARIA_BIND);
    expect(a.TALARIA_HOME).not.toBe(b.TALARIA_HOME);
    expect(await bot.runtime.instances("bot", "App")).toHaveLength(2);
  });

  it("gives the container the environment of the contract and nothing of this process", async () => {
    const env = await bot.json("/app/a/env");
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
    const { status, text } = await bot.json("/app/a/inside");
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      url: "http://talaria.internal/who?x=1",
      method: "POST",
      body: "from the container",
      className: "App",
      containerId: (await bot.get("/id/a")).text,
    });
  });

  it("answers a class without a handler with an error", async () => {
    const { status, text } = await bot.json("/mute/a/inside");
    expect(status).toBe(403);
    expect(text).toContain("no handler for talaria.internal");
  });

  it("runs a command in the container", async () => {
    const command = encodeURIComponent(JSON.stringify(["sh", "-c", "echo $TALARIA_BIND; exit 3"]));
    const { TALARIA_BIND } = await bot.json("/app/a/env");
    expect(await bot.json(`/exec/a?a=${command}`)).toEqual({ exitCode: 3, stdout: `${TALARIA_BIND}\n` });
  });

  it("refuses a port that the image does not declare", async () => {
    expect(await bot.json("/port/a?a=22")).toContain("not listening");
    expect(bot.logged("port 22 is refused: its image declares only 8080, 8642")).toBe(true);
  });

  it("refuses a service on 127.0.0.1 only, and says what it must bind", async () => {
    await bot.json("/app/b/localhost");
    const { TALARIA_BIND } = await bot.json("/app/b/env");
    expect(await bot.json("/port/b?a=8642")).toContain("not listening");
    expect(bot.logged(`port 8642: a program listens on 127.0.0.1 only`)).toBe(true);
    expect(bot.logged(`bind ${TALARIA_BIND}:8642 (environment variable TALARIA_BIND)`)).toBe(true);
  });

  it("rolls out by ending only the containers of another image, at last with SIGKILL", async () => {
    await bot.json("/app/b/stubborn");
    const [a, b] = [await bot.json("/app/a/pid"), await bot.json("/app/b/pid")];
    await bot.runtime.rollout("bot", "App", 5000);
    expect(isAlive(a) && isAlive(b)).toBe(true);
    await bot.runtime.setImage("bot", "App", "registry.example/fixture:2");
    await bot.runtime.rollout("bot", "App", 300);
    expect(isAlive(a) || isAlive(b)).toBe(false);
    await eventually(
      "both ends in the log",
      () => bot.logged("ended with code 0") && bot.logged("ended with code 137"),
    );
    await eventually("the new image", async () =>
      (await bot.get("/app/a/env")).text.includes("registry.example/fixture:2"),
    );
  });

  it("destroys a container with everything that it started and its folder", async () => {
    const stray = await bot.json("/app/a/stray");
    const { TALARIA_HOME } = await bot.json("/app/a/env");
    const pid = await bot.json("/app/a/pid");
    expect(isAlive(stray) && isAlive(pid) && fs.existsSync(TALARIA_HOME)).toBe(true);
    await bot.json("/destroy/a");
    expect(await bot.json("/running/a")).toBe(false);
    expect(isAlive(stray) || isAlive(pid) || fs.existsSync(TALARIA_HOME)).toBe(false);
    const running = (await bot.runtime.instances("bot", "App")).filter(({ state }) => state === "running");
    expect(running).toHaveLength(0);
  });

  it("lets the object start another container after its containers were destroyed from outside", async () => {
    const pid = await bot.json("/app/a/pid");
    await bot.runtime.destroyInstances("bot", "App");
    expect(isAlive(pid)).toBe(false);
    await eventually("another container", async () => (await bot.get("/app/a/pid")).status === 200);
    expect(await bot.json("/app/a/pid")).not.toBe(pid);
  });

  it("tells the object when its container ends, and starts another for the next request", async () => {
    await bot.get("/app/c/exit?code=7");
    await eventually("onStop", async () => (await bot.json("/stopped/c"))?.exitCode === 7);
    expect(bot.logged("ended with code 7")).toBe(true);
    expect(await bot.json("/app/c/again")).toMatchObject({ path: "/again" });
  });

  it("does not start a container whose application is gone, and says which", async () => {
    await bot.runtime.setImage("bot", "Mute", undefined);
    await bot.json("/destroy/c");
    expect((await bot.get("/mute/fresh/hello")).status).toBe(500);
    expect(bot.logged("class Mute has no container application")).toBe(true);
    await bot.runtime.setImage("bot", "Mute", "registry.example/unknown:1");
    expect((await bot.get("/mute/fresh/hello")).status).toBe(500);
    expect(bot.logged("no program for registry.example/unknown:1")).toBe(true);
  });
});
