import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { testEngines } from "./testing/engines.ts";
import { type Bot, containerWorker, eventually, holders } from "./testing/fixture.ts";

describe.each(await testEngines())("an upload on the $engine engine", ({ missing, startBot, programsOf }) => {
  let bot: Bot;
  beforeAll(async () => {
    if (!missing) bot = await startBot();
  });
  afterAll(() => bot?.stop());
  beforeEach(({ skip }) => skip(missing !== undefined, `skipped: ${missing}`));

  it("keeps the container, the port and the storage, and ends open requests with an error", async () => {
    const boot = await bot.json("/app/a/boot");
    const before = await bot.json("/counter");
    const slow = bot.get("/counter/slow");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await bot.upload("two");
    expect(await slow).toMatchObject({ status: 502, text: expect.stringContaining("was replaced") });
    expect(await bot.json("/about")).toMatchObject({ url: `${bot.url}/about`, version: "two" });
    expect(await bot.json("/counter")).toEqual({ count: before.count + 1 });
    expect(await bot.json("/running/a")).toBe(true);
    expect(await bot.json("/app/a/boot")).toBe(boot);
    expect((await bot.json("/app/a/inside")).status).toBe(200);
  });

  it("that is deferred lets requests under way end first, and serves new ones by the new version", async () => {
    await bot.upload("before");
    const stream = await fetch(`${bot.url}/app/a/sse?ms=300`);
    const slow = bot.get("/counter/slow?ms=1500");
    await new Promise((resolve) => setTimeout(resolve, 100));
    let live = false;
    const upload = bot.upload("after", { deferMs: 20_000 }).then(() => {
      live = true;
    });
    const meanwhile = await bot.json("/about");
    expect([meanwhile.version, live]).toEqual(["after", true]);
    await upload;
    expect(await slow).toEqual({ status: 200, text: "slow" });
    expect((await stream.text()).trim().split("\n\n")).toHaveLength(5);
  });

  it("that is deferred does not wait for ever", async () => {
    const endless = await fetch(`${bot.url}/app/a/forever`);
    await bot.upload("impatient", { deferMs: 300 });
    expect(await bot.json("/about")).toMatchObject({ version: "impatient" });
    await expect(endless.text()).rejects.toThrow();
  });

  it("in the middle of a container's start leads to one container", async () => {
    for (const delay of [0, 30, 60, 120]) {
      const object = `wake${delay}`;
      const early = bot.get(`/app/${object}/early`).catch(() => "cut");
      await new Promise((resolve) => setTimeout(resolve, delay));
      await bot.upload("two");
      await early;
      const boot = await bot.json(`/app/${object}/boot`);
      expect(await programsOf(bot, object)).toBe(1);
      expect(await bot.json(`/app/${object}/boot`)).toBe(boot);
    }
  });

  it("is not the only restart that keeps containers: so does a crash of workerd", async () => {
    const boot = await bot.json("/app/a/boot");
    const [workerd = 0] = holders(path.join(bot.stateDir, "storage"));
    process.kill(workerd, "SIGKILL");
    await eventually("the Worker's return", () =>
      bot.get("/about").then(
        ({ status }) => status === 200,
        () => false,
      ),
    );
    expect(holders(path.join(bot.stateDir, "storage"))).not.toContain(workerd);
    expect(await bot.json("/app/a/boot")).toBe(boot);
  });

  it("keeps a container when other classes of the Worker have containers than before", async () => {
    const boot = await bot.json("/app/a/boot");
    const { App, Counter, Closed } = bot.worker.classes;
    if (!App || !Counter || !Closed) throw new Error("the fixture has no App, Counter or Closed");
    await bot.runtime.deploy({
      ...bot.worker,
      bindings: bot.worker.bindings.filter((binding) => binding.name !== "MUTE"),
      classes: { App, Counter, Closed },
    });
    expect(await bot.json("/app/a/boot")).toBe(boot);
    expect((await bot.json("/app/a/inside")).status).toBe(200);
    await bot.upload("three");
    expect(await bot.json("/app/a/boot")).toBe(boot);
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
