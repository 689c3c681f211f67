import fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bot, image, isAlive, startBot } from "../testing/fixture.ts";

describe("a container that is a process group", () => {
  let bot: Bot;
  beforeAll(async () => {
    bot = await startBot();
  });
  afterAll(() => bot.stop());

  it("has folders and an address of its own", async () => {
    const [a, b] = await Promise.all([bot.json("/app/a/env"), bot.json("/app/b/env")]);
    expect(a.TALARIA_BIND).not.toBe(b.TALARIA_BIND);
    expect(a.TALARIA_HOME).not.toBe(b.TALARIA_HOME);
    const root = a.TALARIA_HOME.replace(/\/home\/hermes$/, "");
    expect(a).toMatchObject({
      FROM_IMAGE: image,
      TALARIA_RUN: `${root}/run/talaria`,
      HERMES_MANAGED_DIR: `${root}/etc/hermes`,
      TMPDIR: `${root}/tmp`,
    });
  });

  it("sees its own workspace at the path that all share, in an exec too, and is seen there by nobody else", async () => {
    const [a, b] = await Promise.all([bot.json("/app/a/env"), bot.json("/app/b/env")]);
    const own = (env: typeof a) => `${env.TALARIA_HOME.replace(/\/home\/hermes$/, "")}/workspace`;
    if (bot.logged("has another path in each container"))
      expect([a, b].map((env) => env.TALARIA_WORKSPACE)).toEqual([own(a), own(b)]);
    else expect(a.TALARIA_WORKSPACE).toBe(b.TALARIA_WORKSPACE);
    const write = ["sh", "-c", "cd $TALARIA_WORKSPACE && pwd && echo of-a > file"];
    const said = await bot.json(`/exec/a?a=${encodeURIComponent(JSON.stringify(write))}`);
    expect(said).toEqual({ exitCode: 0, stdout: `${a.TALARIA_WORKSPACE}\n` });
    expect(fs.readFileSync(`${own(a)}/file`, "utf8")).toBe("of-a\n");
    expect(fs.existsSync(`${own(b)}/file`)).toBe(false);
  });

  it("refuses a port that the image does not declare", async () => {
    expect(await bot.json("/port/a?a=22")).toContain("not listening");
    expect(bot.logged("port 22 is refused: its image declares only 8080, 8642")).toBe(true);
  });

  it("is destroyed with what has neither its group nor its environment", async () => {
    const bare = ["sh", "-c", "env -i setsid sleep 600 >/dev/null 2>&1 & echo $!"];
    const { stdout } = await bot.json(`/exec/b?a=${encodeURIComponent(JSON.stringify(bare))}`);
    expect(isAlive(Number(stdout))).toBe(true);
    await bot.json("/destroy/b");
    if (bot.logged("has another path in each container")) process.kill(Number(stdout));
    else expect(isAlive(Number(stdout))).toBe(false);
  });

  it("is destroyed with everything that it started and its folder", async () => {
    const stray = await bot.json("/app/a/stray");
    const { TALARIA_HOME } = await bot.json("/app/a/env");
    const pid = await bot.json("/app/a/pid");
    expect(isAlive(stray) && isAlive(pid) && fs.existsSync(TALARIA_HOME)).toBe(true);
    await bot.json("/destroy/a");
    expect(isAlive(stray) || isAlive(pid) || fs.existsSync(TALARIA_HOME)).toBe(false);
  });
});
