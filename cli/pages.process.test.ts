import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { aFakeBot } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

/** A browser that writes down what it is asked to open. */
async function aBrowser() {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-browser-"));
  onTestFinished(() => fs.rm(folder, { recursive: true, force: true }));
  const program = path.join(folder, "browser");
  const asked = path.join(folder, "asked");
  await fs.writeFile(program, `#!/bin/sh\necho "$@" > ${asked}.part && mv ${asked}.part ${asked}\n`, { mode: 0o755 });
  const opened = () =>
    fs.readFile(asked, "utf8").then(
      (text) => text.trim(),
      () => undefined,
    );
  return { program, opened };
}

describe.each(["dashboard", "console"])("talaria %s", (page) => {
  it("prints the address, without any token in it, and opens it", async () => {
    const bot = await aFakeBot({});
    const { program, opened } = await aBrowser();
    const run = await talaria([page], { bot, env: { BROWSER: program } });
    expect(run).toMatchObject({ code: 0, stdout: `${bot.url}/${page}\n`, stderr: "" });
    await expect.poll(opened).toBe(`${bot.url}/${page}`);
    expect(bot.seen).toEqual([]);
  });

  it("only prints it when told so", async () => {
    const bot = await aFakeBot({});
    const { program, opened } = await aBrowser();
    const run = await talaria([page, "--no-open", "--json"], { bot, env: { BROWSER: program } });
    expect(JSON.parse(run.stdout)).toEqual({ url: `${bot.url}/${page}`, opened: false });
    expect(await opened()).toBeUndefined();
  });

  it("says that there is no browser where there is none", async () => {
    const bot = await aFakeBot({});
    const run = await talaria([page], { bot, env: { BROWSER: "/nowhere/browser" } });
    expect([run.code, run.stdout]).toEqual([0, `${bot.url}/${page}\n`]);
    expect(run.stderr).toContain("open this address yourself");
  });
});
