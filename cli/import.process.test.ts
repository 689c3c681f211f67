import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { gunzipSync, zstdCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aRun, aSnapshot } from "./testing/aMemory.ts";
import { aStatus } from "./testing/aStatus.ts";
import { type FakeBot, failing, type Route, startFakeBot } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const bots: FakeBot[] = [];
let folder: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-import-"));
});
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.close()));
  await fs.rm(folder, { recursive: true });
});

const was = aSnapshot("1a2b3c4d");
const made = aSnapshot("99887766", { reason: "import", tree: { files: 7, bytes: 900, databases: 1 } });
const sumOf = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
const errorOf = (stderr: string) => JSON.parse(stderr).error;
const pathsOf = (bot: FakeBot) => bot.seen.map(({ method, path }) => `${method} ${path}`);
const bodyOf = (bot: FakeBot, route: string) =>
  JSON.parse(bot.seen.find(({ method, path }) => `${method} ${path}` === route)?.body ?? "");

/** A bot that takes an archive once its run is ready, and makes a snapshot of it; changed by `more`. */
async function taking(
  more: { result?: object; current?: string; routes?: Record<string, Route> } = {},
): Promise<FakeBot> {
  let sha256: string | undefined;
  let stopped = false;
  const bot = await startFakeBot({
    "GET /api/status": () => aStatus({ desired: stopped ? "stopped" : "running" }),
    "POST /api/import": (_response, { body }) => {
      stopped = true;
      return { run: "import-1", before: was.id, onto: JSON.parse(body).mode === "merge" ? was.id : null };
    },
    "GET /api/runs/import-1": (_response, _request, count) => {
      const told = { added: 4, kept: ["state.db"], keptCount: 1, source: "hermes", received: { bytes: 9, sha256 } };
      const result = { outcome: "made", snapshot: made.id, problem: null, ...told, ...more.result };
      if (sha256 !== undefined || (more.result && count > 2)) return aRun("import", result);
      return aRun("import", null, { progress: { step: count < 2 ? "starting" : "ready" } });
    },
    "PUT /api/imports/import-1": (_response, { bytes }) => {
      sha256 = sumOf(bytes);
      return { bytes: bytes.length, sha256 };
    },
    "GET /api/snapshots": () => ({ current: more.current ?? was.id, snapshots: [made, was] }),
    "POST /api/restore": () => ({ run: "rollback-1" }),
    "GET /api/runs/rollback-1": () => aRun("rollback", { outcome: "done", before: was, after: made }),
    "POST /api/wake": () => ({ state: "ready", ms: 1 }),
    ...more.routes,
  });
  bots.push(bot);
  return bot;
}

const sentTo = (bot: FakeBot) => bot.seen.find(({ method }) => method === "PUT")?.bytes ?? Buffer.alloc(0);

/** A small home; returns its folder. */
async function aHome(): Promise<string> {
  const home = path.join(folder, "old", ".hermes");
  for (const inside of ["memories", "hermes-agent", "skills/notes/node_modules"])
    await fs.mkdir(path.join(home, inside), { recursive: true });
  await fs.writeFile(path.join(home, "memories/MEMORY.md"), "Mia");
  await fs.writeFile(path.join(home, "hermes-agent/run.py"), "the program");
  await fs.writeFile(path.join(home, "skills/notes/SKILL.md"), "notes");
  await fs.writeFile(path.join(home, "skills/notes/node_modules/x.js"), "x");
  return home;
}

async function namesIn(tar: Buffer): Promise<string[]> {
  const file = path.join(folder, "sent.tar");
  await fs.writeFile(file, tar);
  const { stdout } = await promisify(execFile)("tar", ["-tf", file]);
  return stdout
    .split("\n")
    .filter((name) => name !== "" && !name.endsWith("/"))
    .sort();
}

describe("talaria import", () => {
  it("sends a folder once the run is ready, packed, without what anybody can get again; then makes it the memory", async () => {
    const bot = await taking();
    const run = await talaria(["import", await aHome(), "--merge", "--yes"], { bot });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).toContain("a folder of Hermes");
    expect(run.stdout).toMatch(/was {2}1a2b3c4d.*\n {2}is {3}99887766.*7 files/);
    expect(run.stdout).toContain("4 entries came; 1 stayed as they were: state.db");
    expect(run.stdout).toContain("Back: ./talaria restore 1a2b3c4d");
    expect(await namesIn(gunzipSync(sentTo(bot)))).toEqual(["./memories/MEMORY.md", "./skills/notes/SKILL.md"]);
    expect(pathsOf(bot).filter((one) => one.startsWith("PUT"))).toHaveLength(1);
    expect(bodyOf(bot, "POST /api/import")).toEqual({ mode: "merge", force: false });
    expect(bodyOf(bot, "POST /api/restore")).toEqual({ id: made.id });
    expect(pathsOf(bot)).not.toContain("POST /api/wake");
  });

  it("packs a tar, unpacks zstd before, and leaves alone what is packed otherwise", async () => {
    const tar = Buffer.concat([Buffer.from("not really a tar"), Buffer.alloc(100_000, "x")]);
    const zip = Buffer.concat([Buffer.from("PK\x03\x04"), tar]);
    const sent = async (name: string, content: Buffer) => {
      await fs.writeFile(path.join(folder, name), content);
      const bot = await taking();
      const run = await talaria(["import", path.join(folder, name), "--replace", "--yes", "--json"], { bot });
      expect(run.code, run.stderr).toBe(0);
      expect(JSON.parse(run.stdout)).toMatchObject({
        snapshot: made.id,
        before: { id: was.id },
        after: { id: made.id },
      });
      return sentTo(bot);
    };
    expect(gunzipSync(await sent("home.tar", tar)).equals(tar)).toBe(true);
    expect(gunzipSync(await sent("home.tar.zst", zstdCompressSync(tar))).equals(tar)).toBe(true);
    expect((await sent("backup.zip", zip)).equals(zip)).toBe(true);
  });

  it("passes on that it has to be told what becomes of a memory, and asks where it would change one", async () => {
    const problem = { code: "importMode", message: "The bot knows something.", next: "Say --merge." };
    const bot = await taking({ routes: { "POST /api/import": failing(409, problem) } });
    const run = await talaria(["import", await aHome(), "--json"], { bot });
    expect(errorOf(run.stderr)).toEqual(problem);
    expect(pathsOf(bot)).not.toContain("POST /api/wake");
    const asked = await taking();
    const unasked = await talaria(["import", folder, "--replace", "--json"], { bot: asked });
    const next = `Say so: ./talaria import ${folder} --replace --yes`;
    expect(errorOf(unasked.stderr)).toMatchObject({ code: "sayYesToImport", next });
    const both = await talaria(["import", folder, "--replace", "--merge", "--yes", "--json"], { bot: asked });
    expect(errorOf(both.stderr).code).toBe("usage");
    expect(asked.seen).toEqual([]);
  });

  const older = { code: "import_older", message: "It is older.", next: "Say that it is right: --force." };
  it.each([
    ["that the run refuses", "import_older", { result: { outcome: "failed", snapshot: null, problem: older } }],
    ["that did not arrive as it was sent", "importBroken", { result: { received: { bytes: 9, sha256: "00" } } }],
    ["whose snapshot is not sound", "notImported", { routes: { "GET /api/snapshots": () => ({ snapshots: [] }) } }],
  ])("makes nothing the memory %s, and starts the bot again", async (_what, code, more) => {
    const bot = await taking(more as Parameters<typeof taking>[0]);
    const run = await talaria(["import", await aHome(), "--replace", "--yes", "--json"], { bot });
    expect([run.code, errorOf(run.stderr).code]).toEqual([1, code]);
    expect(pathsOf(bot)).not.toContain("POST /api/restore");
    expect(pathsOf(bot).at(-1)).toBe("POST /api/wake");
  });

  it("goes over nothing that the bot has learned meanwhile", async () => {
    const bot = await taking({ current: aSnapshot("77777777").id });
    const run = await talaria(["import", await aHome(), "--replace", "--yes", "--json"], { bot });
    expect(errorOf(run.stderr)).toMatchObject({
      code: "memoryMoved",
      next: expect.stringContaining("restore 99887766"),
    });
    expect(pathsOf(bot)).not.toContain("POST /api/restore");
  });

  it("says that the bot is stopped where it cannot start it again", async () => {
    const wake = failing(503, { code: "startFailed", message: "No container.", next: "Wait." });
    const bot = await taking({ result: { outcome: "failed", problem: older }, routes: { "POST /api/wake": wake } });
    const { stderr } = await talaria(["import", await aHome(), "--replace", "--yes", "--json"], { bot });
    expect(errorOf(stderr)).toMatchObject({ code: "import_older", next: "Start it: ./talaria wake" });
    expect(errorOf(stderr).message).toContain("It is older.");
  });

  it("says what cannot be read, before and while it is sent", async () => {
    const bot = await taking();
    const failed = async (name: string, env = {}) => {
      const run = await talaria(["import", path.join(folder, name), "--replace", "--yes", "--json"], { bot, env });
      return errorOf(run.stderr).code;
    };
    expect(await failed("nowhere")).toBe("homeUnreadable");
    expect(bot.seen).toEqual([]);
    const whole = zstdCompressSync(Buffer.from(Array.from({ length: 300_000 }, (_, n) => n % 251)));
    await fs.writeFile(path.join(folder, "cut.tar.zst"), whole.subarray(0, whole.length / 2));
    expect(await failed("cut.tar.zst")).toBe("homeUnreadable");
    await fs.mkdir(path.join(folder, "bin"));
    await fs.writeFile(path.join(folder, "bin/tar"), "#!/bin/sh\necho file changed as we read it >&2; exit 1", {
      mode: 0o755,
    });
    await aHome();
    expect(await failed("old", { PATH: `${path.join(folder, "bin")}:${process.env.PATH}` })).toBe("homeUnreadable");
  });

  it("names Cloudflare's limit where the archive is over it", async () => {
    const tooLarge: Route = (response) => {
      response.writeHead(413, { "content-type": "text/html" });
      response.end("<html>413 Request Entity Too Large</html>");
    };
    const bot = await taking({ routes: { "PUT /api/imports/import-1": tooLarge } });
    const run = await talaria(["import", await aHome(), "--replace", "--yes", "--json"], { bot });
    expect(errorOf(run.stderr)).toMatchObject({
      code: "tooLargeForCloudflare",
      next: expect.stringContaining("--merge"),
    });
    expect(pathsOf(bot).at(-1)).toBe("POST /api/wake");
  });
});
