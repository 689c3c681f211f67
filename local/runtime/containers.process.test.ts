import { WebSocket } from "undici";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testEngines } from "./testing/engines.ts";
import { type Bot, eventually, image } from "./testing/fixture.ts";

describe.each(await testEngines())("containers on the $engine engine", ({ engine, missing, startBot }) => {
  let bot: Bot;
  beforeAll(async () => {
    if (!missing) bot = await startBot();
  });
  afterAll(() => bot?.stop());
  beforeEach(({ skip }) => skip(missing !== undefined, `skipped: ${missing}`));

  const running = async () =>
    (await bot.runtime.instances("bot", "App")).filter(({ state }) => state === "running").map(({ id }) => id);

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
    const [a, b] = await Promise.all([bot.json("/app/a/boot"), bot.json("/app/b/boot")]);
    expect(a).not.toBe(b);
    expect(await running()).toHaveLength(2);
    expect((await bot.runtime.instances("bot", "App")).map((one) => one.image)).toEqual([image, image]);
    expect(await running()).toContain((await bot.get("/id/a")).text);
  });

  it("gives the container its image and the address to bind, and nothing of this process", async () => {
    const env = await bot.json("/app/a/env");
    expect(env).toMatchObject({ TALARIA_IMAGE: image });
    expect(env.TALARIA_BIND).toMatch(engine === "docker" ? /^0\.0\.0\.0$/ : /^127\./);
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

  it("refuses a port that nothing listens on", async () => {
    expect(await bot.json("/port/a?a=22")).toContain("not listening");
  });

  it("refuses a service on 127.0.0.1 only, and says what it must bind", async () => {
    await bot.json("/app/b/localhost");
    const { TALARIA_BIND } = await bot.json("/app/b/env");
    expect(await bot.json("/port/b?a=8642")).toContain("not listening");
    await eventually("the explanation", () => bot.logged("port 8642: a program listens on 127.0.0.1 only"));
    expect(bot.logged(`bind ${TALARIA_BIND}:8642 (environment variable TALARIA_BIND)`)).toBe(true);
  });

  it("rolls out by ending only the containers of another image, at last with SIGKILL", async () => {
    await bot.json("/app/b/stubborn");
    const boots = () => Promise.all([bot.json("/app/a/boot"), bot.json("/app/b/boot")]);
    const before = await boots();
    await bot.runtime.rollout("bot", "App", { graceMs: 5000 });
    expect(await boots()).toEqual(before);
    await bot.runtime.setImage("bot", "App", "registry.example/fixture:2");
    await bot.runtime.rollout("bot", "App", { graceMs: 300 });
    expect(await running()).toEqual([]);
    await eventually(
      "both ends in the log",
      () => bot.logged("ended with code 0") && bot.logged("ended with code 137"),
    );
    await eventually("the new image", async () =>
      (await bot.get("/app/a/env")).text.includes("registry.example/fixture:2"),
    );
    const started = (await bot.runtime.instances("bot", "App")).filter(({ state }) => state === "running");
    expect(started.map((one) => one.image)).toEqual(["registry.example/fixture:2"]);
  });

  it("rolls nothing out while a container is younger than its application wants", async () => {
    const boot = await bot.json("/app/a/boot");
    await bot.runtime.setImage("bot", "App", "registry.example/fixture:1");
    const rollout = bot.runtime.rollout("bot", "App", { graceMs: 300, minAgeMs: 3_600_000 });
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await bot.json("/app/a/boot")).toBe(boot);
    await bot.runtime.destroyInstances("bot", "App"); // the Worker replaced it by itself
    await rollout;
    expect((await bot.get("/app/a/env")).text).toContain("registry.example/fixture:1");
    await bot.runtime.setImage("bot", "App", "registry.example/fixture:2");
  });

  it("destroys a container at once", async () => {
    const boot = await bot.json("/app/a/boot");
    await bot.json("/destroy/a");
    expect(await bot.json("/running/a")).toBe(false);
    expect(await running()).toEqual([]);
    expect(await bot.json("/app/a/boot")).not.toBe(boot);
  });

  it("lets the object start another container after its containers were destroyed from outside", async () => {
    const boot = await bot.json("/app/a/boot");
    await bot.runtime.destroyInstances("bot", "App");
    expect(await bot.runtime.instances("bot", "App")).toEqual([]);
    await eventually("another container", async () => (await bot.get("/app/a/boot")).status === 200);
    expect(await bot.json("/app/a/boot")).not.toBe(boot);
  });

  it("tells the object when its container ends, and starts another for the next request", async () => {
    await bot.get("/app/c/exit?code=7");
    await eventually("onStop", async () => (await bot.json("/stopped/c"))?.exitCode === 7);
    await eventually("the end in the log", () => bot.logged("ended with code 7"));
    expect(await bot.json("/app/c/again")).toMatchObject({ path: "/again" });
  });

  it("does not start a container whose application is gone, and says which", async () => {
    await bot.runtime.setImage("bot", "Mute", undefined);
    expect((await bot.get("/mute/fresh/hello")).status).toBe(500);
    expect(bot.logged("class Mute has no container application")).toBe(true);
    await bot.runtime.setImage("bot", "Mute", "registry.example/unknown:1");
    expect((await bot.get("/mute/fresh/hello")).status).toBe(500);
    expect(bot.logged("registry.example/unknown:1")).toBe(true);
  });
});
