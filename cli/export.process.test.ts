import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { aRun, aSnapshot } from "./testing/aMemory.ts";
import { type FakeBot, type Route, startFakeBot } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const bots: FakeBot[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.close()));
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

async function aBot(routes: Readonly<Record<string, Route>>) {
  const bot = await startFakeBot(routes);
  bots.push(bot);
  return bot;
}

const one = aSnapshot("1a2b3c4d");
const errorOf = (stderr: string) => JSON.parse(stderr).error;
const pathsOf = (bot: FakeBot) => bot.seen.map(({ method, path }) => `${method} ${path}`);

describe("talaria export", () => {
  const archive = Buffer.from("the archive, as the container writes it".repeat(5000));
  const sent = (more: object = {}) => ({
    ...{ outcome: "sent", snapshot: one.id, tree: one.tree, bytes: archive.length, problem: null },
    ...{ sha256: createHash("sha256").update(archive).digest("hex"), ...more },
  });

  /** A bot whose archive is ready the second time that the run is asked for; the run ends once it was fetched. */
  function exporting(give: Route, result: object = sent()): Record<string, Route> {
    let isFetched = false;
    return {
      "POST /api/export": () => ({ run: "export-1", snapshot: one.id }),
      "GET /api/runs/export-1": (_response, _request, count) =>
        isFetched || count > 9
          ? aRun("export", result)
          : aRun("export", null, { progress: { step: count < 2 ? "download" : "ready" } }),
      "GET /api/exports/export-1": (...request) => {
        isFetched = true;
        return give(...request);
      },
    };
  }
  const cut: Route = (response) => {
    response.write("x");
    setTimeout(() => response.destroy(), 50);
  };
  const whole: Route = (response) => void response.end(archive);

  async function aFolder() {
    const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-export-"));
    folders.push(folder);
    return folder;
  }

  it("writes a packed archive that only its owner reads, fetched once, when it is ready", async () => {
    const folder = await aFolder();
    const file = path.join(folder, "gus.tar.zst");
    const bot = await aBot(exporting(whole));
    const run = await talaria(["export", file], { bot });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain("holds 1a2b3c4d: 120 files, 4.2 MB, packed");
    expect(zstdDecompressSync(await readFile(file)).equals(archive)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(pathsOf(bot).filter((one) => one.includes("exports"))).toHaveLength(1);
    expect(bot.seen.find(({ method }) => method === "POST")?.body).toBe("{}");
  });

  it("leaves a file that ends in .tar unpacked, and takes another snapshot where one is named", async () => {
    const file = path.join(await aFolder(), "gus.tar");
    const bot = await aBot(exporting(whole));
    const run = await talaria(["export", file, "--snapshot", "1a2b99", "--json"], { bot });
    expect(JSON.parse(run.stdout)).toMatchObject({ file, packedBytes: archive.length, snapshot: one.id });
    expect((await readFile(file)).equals(archive)).toBe(true);
    expect(JSON.parse(bot.seen.find(({ method }) => method === "POST")?.body ?? "")).toEqual({ id: "1a2b99" });
  });

  it.each([
    ["is not what was sent", "archiveBroken", whole, sent({ sha256: "00" })],
    ["breaks off", "cutOff", cut, sent()],
    ["never comes", "notExported", whole, { outcome: "bad", problem: { code: "", message: "it rotted" } }],
  ])("keeps nothing of an archive that %s", async (_what, code, give, result) => {
    const folder = await aFolder();
    const run = await talaria(["export", path.join(folder, "x.tar.zst"), "--json"], {
      bot: await aBot(exporting(give, result)),
    });
    expect([run.code, errorOf(run.stderr).code || "notExported"]).toEqual([1, code]);
    expect(await readdir(folder)).toEqual([]);
  });

  it("overwrites no file, and says when one cannot be written", async () => {
    const folder = await aFolder();
    const file = path.join(folder, "there.tar.zst");
    await writeFile(file, "mine");
    const bot = await aBot(exporting(whole));
    expect(errorOf((await talaria(["export", file, "--json"], { bot })).stderr).code).toBe("fileExists");
    expect([await readFile(file, "utf8"), bot.seen]).toEqual(["mine", []]);
    const nowhere = await talaria(["export", path.join(folder, "no", "x.tar.zst"), "--json"], { bot });
    expect(errorOf(nowhere.stderr).code).toBe("fileRefused");
  });
});
