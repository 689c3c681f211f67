import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processesWith } from "./process/strays.ts";
import { type Bot, containerWorker, eventually, holders, isAlive, startBot } from "./testing/fixture.ts";

describe("an upload", () => {
  let bot: Bot;
  beforeAll(async () => {
    bot = await startBot();
  });
  afterAll(() => bot.stop());

  it("keeps the container, the port and the storage, and cuts open requests", async () => {
    const pid = await bot.json("/app/a/pid");
    const before = await bot.json("/counter");
    const slow = fetch(`${bot.url}/counter/slow`).then(
      () => "answered",
      () => "cut",
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    await bot.upload("two");
    expect(await slow).toBe("cut");
    expect(await bot.json("/about")).toMatchObject({ url: `${bot.url}/about`, version: "two" });
    expect(await bot.json("/counter")).toEqual({ count: before.count + 1 });
    expect(await bot.json("/running/a")).toBe(true);
    expect(await bot.json("/app/a/pid")).toBe(pid);
    expect((await bot.json("/app/a/inside")).status).toBe(200);
  });

  it("in the middle of a container's start leads to one container", async () => {
    for (const delay of [0, 30, 60, 120]) {
      const object = `wake${delay}`;
      const early = bot.get(`/app/${object}/early`).catch(() => "cut");
      await new Promise((resolve) => setTimeout(resolve, delay));
      await bot.upload("two");
      await early;
      const pid = await bot.json(`/app/${object}/pid`);
      const { HOSTNAME } = await bot.json(`/app/${object}/env`);
      const programs = processesWith(HOSTNAME).filter(isAlive);
      expect(programs).toEqual([pid]);
    }
  });

  it("is not the only restart that keeps containers: so does a crash of workerd", async () => {
    const pid = await bot.json("/app/a/pid");
    const [workerd = 0] = holders(path.join(bot.stateDir, "storage"));
    process.kill(workerd, "SIGKILL");
    await eventually("the Worker's return", () =>
      bot.get("/about").then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(holders(path.join(bot.stateDir, "storage"))).not.toContain(workerd);
    expect(await bot.json("/app/a/pid")).toBe(pid);
  });

  it("keeps a container when other classes of the Worker have containers than before", async () => {
    const pid = await bot.json("/app/a/pid");
    const { App, Counter } = bot.worker.classes;
    if (!App || !Counter) throw new Error("the fixture has no App or Counter");
    await bot.runtime.deploy({
      ...bot.worker,
      bindings: bot.worker.bindings.filter((binding) => binding.name !== "MUTE"),
      classes: { App, Counter },
    });
    expect(await bot.json("/app/a/pid")).toBe(pid);
    expect((await bot.json("/app/a/inside")).status).toBe(200);
    await bot.upload("three");
    expect(await bot.json("/app/a/pid")).toBe(pid);
  });

  it("that does not start throws workerd's message and leaves the version before live", async () => {
    await bot.upload("sound");
    const content = new TextEncoder().encode("throw new Error('boom at the top')");
    const broken = {
      ...bot.worker,
      modules: [{ name: "index.js", contentType: "application/javascript+module", content }],
    };
    await expect(bot.runtime.deploy(broken)).rejects.toThrow("boom at the top");
    expect(await bot.json("/about")).toMatchObject({ version: "sound" });
  });

  it("of one Worker does not reset another", async () => {
    const stream = (await fetch(`${bot.url}/app/a/forever`)).body?.getReader();
    await stream?.read();
    await bot.runtime.deploy(await containerWorker("other"));
    await bot.runtime.setPublic("other", true);
    const other = await bot.runtime.url("other");
    expect(other).not.toBe(bot.url);
    expect(await (await fetch(`${other}/counter`)).json()).toEqual({ count: 1 });
    for (let chunk = 0; chunk < 20; chunk++) expect(await stream?.read()).toMatchObject({ done: false });
    await stream?.cancel();
    await bot.runtime.remove("other");
    await expect(fetch(other)).rejects.toThrow();
  });
});
