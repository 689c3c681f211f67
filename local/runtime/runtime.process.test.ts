import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bot, containerWorker, eventually, keepPort, startBot, startTestRuntime } from "./testing/fixture.ts";

describe("the runtime", () => {
  let bot: Bot;
  beforeAll(async () => {
    bot = await startBot();
  });
  afterAll(() => bot.stop());

  it("gives the Worker its modules, bindings and public URL", async () => {
    expect(await bot.json("/about?q=1")).toMatchObject({
      url: `${bot.url}/about?q=1`,
      secret: "shh",
      data: { deep: [1] },
      greeting: "hello",
    });
  });

  it("writes the Worker's console to the log under its name", async () => {
    await bot.get("/log");
    await eventually("the line", () =>
      bot.lines.some((line) => line.worker === "bot" && line.text.includes("hello from one")),
    );
  });

  it("takes a body of 30 MB", async () => {
    const body = new Uint8Array(30 << 20);
    expect((await bot.get("/length", { method: "POST", body })).text).toBe(String(body.length));
  });

  it("has a judge answer in the Worker's place, also for a WebSocket, and lets nobody through when he fails", async () => {
    bot.runtime.guard(async ({ worker, path }) => {
      if (path === "/broken") throw new Error("the judge is ill");
      const location = `http://team.example/login/${worker}`;
      return path.startsWith("/log") ? { headers: {} } : { answer: { status: 302, headers: { location }, body: "" } };
    });
    const sent = await fetch(`${bot.url}/about`, { redirect: "manual" });
    expect([sent.status, sent.headers.get("location")]).toEqual([302, "http://team.example/login/bot"]);
    expect((await fetch(`${bot.url}/log`)).status).toBe(200);
    expect((await fetch(`${bot.url}/broken`)).status).toBe(500);
    const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
    const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
    const request = http.get(`${bot.url}/socket`, { headers: { ...headers, "sec-websocket-key": "a".repeat(24) } });
    request.on("response", ({ statusCode }) => resolve(statusCode)).on("error", reject);
    expect(await promise).toBe(302);
    bot.runtime.guard(async () => ({ headers: {} }));
  });

  it("fires a cron on demand and reports a handler that throws", async () => {
    await bot.runtime.fireCron("bot", "*/5 * * * *");
    expect(await bot.json("/about")).toMatchObject({ crons: "*/5 * * * *" });
    await expect(bot.runtime.fireCron("bot", "1 1 1 1 *")).rejects.toThrow("exception");
    await expect(bot.runtime.setSchedules("bot", ["61 * * * *"])).rejects.toThrow("61 * * * *");
  });

  it("counts and forgets the objects of a bucket", async () => {
    await bot.runtime.fireCron("bot", "*/5 * * * *");
    expect(await bot.runtime.bucketSize("bot-bucket")).toBe(1);
    expect(await bot.runtime.bucketSize("never-written")).toBe(0);
    await bot.runtime.removeBucket("bot-bucket");
    expect(await bot.runtime.bucketSize("bot-bucket")).toBe(0);
  });

  it("keeps address, objects' storage and buckets over a restart, and forgets a removed Worker's objects", async () => {
    const stateDir = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-restart-"));
    await keepPort(stateDir, "again");
    const start = async () => {
      const { runtime, stop } = await startTestRuntime({ stateDir });
      await runtime.deploy(await containerWorker("again"));
      await runtime.setPublic("again", true);
      const url = await runtime.url("again");
      const count = async () => (await fetch(`${url}/counter`)).json();
      return { runtime, stop, url, count };
    };
    const first = await start();
    await first.runtime.fireCron("again", "0 0 * * *");
    expect(await first.count()).toEqual({ count: 1 });
    await first.stop();
    const second = await start();
    expect(second.url).toBe(first.url);
    expect(await second.count()).toEqual({ count: 2 });
    await second.runtime.remove("again");
    expect(await second.runtime.bucketSize("again-bucket")).toBe(1);
    await second.runtime.removeBucket("again-bucket");
    expect(await second.runtime.bucketSize("again-bucket")).toBe(0);
    await second.stop();
    const third = await start();
    expect(await third.count()).toEqual({ count: 1 });
    await third.stop();
    fs.rmSync(stateDir, { recursive: true, force: true });
  });

  it("closes the public door and opens it again on the same port", async () => {
    await bot.runtime.setPublic("bot", false);
    await expect(fetch(bot.url)).rejects.toThrow();
    await bot.runtime.fireCron("bot", "*/5 * * * *");
    await bot.runtime.setPublic("bot", true);
    expect(await bot.json("/about")).toMatchObject({ url: `${bot.url}/about` });
  });

  it("says what to do when the remembered port is taken", async () => {
    await bot.runtime.setPublic("bot", false);
    const thief = net.createServer().listen(Number(new URL(bot.url).port), "127.0.0.1");
    await expect(bot.runtime.setPublic("bot", true)).rejects.toThrow(/port in use.*another program.*\n.*lsof/);
    await new Promise((resolve) => thief.close(resolve));
    await bot.runtime.setPublic("bot", true);
  });
});
