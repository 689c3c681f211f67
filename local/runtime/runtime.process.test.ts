import net from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bot, eventually, startBot } from "./testing/fixture.ts";

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
