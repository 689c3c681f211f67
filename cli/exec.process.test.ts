import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { aFakeBot, failing, pathsOf } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";
import { aSandbox } from "./testing/sandbox.ts";

const folders: string[] = [];
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))));

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "talaria-exec-"));
  folders.push(folder);
  return folder;
}
const errorOf = (stderr: string) => JSON.parse(stderr).error;

const row = {
  ...{
    seq: 4,
    at: "2026-11-01T12:00:00.000Z",
    session: "default",
    kind: "terminal",
    isolation: "session",
    box: "exec-0",
  },
  ...{ command: "ls -la\n\u001b[2Jrm x", exit: 0, seconds: 0.25, bytes: 340, endedBy: "exit" },
};
const act = {
  ...{ seq: 6, at: row.at, session: "", kind: "act", isolation: "", box: "", command: "POST /api/stop", exit: 200 },
  ...{ seconds: 2, bytes: 0, endedBy: "answer", by: "access:me@example.com" },
};
const late = { ...row, seq: 5, command: "sleep 9", exit: 124, seconds: 9, bytes: 0, endedBy: "deadline" };

describe("talaria audit", () => {
  it("prints one line for each command and act, with nothing in it that moves a cursor", async () => {
    const bot = await aFakeBot({ "GET /api/audit": () => ({ rows: [row, late, act], next: 6 }) });
    const run = await talaria(["audit", "--session", "default", "--tail", "7"], { bot });
    expect(run.stdout.split("\n")).toEqual([
      "2026-11-01 12:00:00Z  default  terminal  exec-0  exit 0  250 ms  340 B  ls -la\\n\\u001b[2Jrm x",
      "2026-11-01 12:00:00Z  default  terminal  exec-0  deadline 124  9.0 s  0 B  sleep 9",
      "2026-11-01 12:00:00Z  act  access:me@example.com  answer 200  2.0 s  POST /api/stop",
      "",
    ]);
    expect(pathsOf(bot)).toEqual(["GET /api/audit?session=default&limit=7"]);
  });

  it("is an array with --json, and says so where there is nothing", async () => {
    const bot = await aFakeBot({
      "GET /api/audit": (_response, _request, count) => ({ rows: count < 2 ? [row] : [], next: 4 }),
    });
    expect(JSON.parse((await talaria(["audit", "--json"], { bot })).stdout)).toEqual([row]);
    expect((await talaria(["audit"], { bot })).stdout).toBe("no commands and no acts yet\n");
  });

  it("follows from where the last answer ended, over a connection that breaks", async () => {
    const refused = failing(400, { code: "badRequest", message: "That is all.", next: "-" });
    const bot = await aFakeBot({
      "GET /api/audit": (response, request, count) => {
        if (count === 2) return void response.destroy();
        if (count > 3) return refused(response, request, count);
        return count === 1 ? { rows: [row], next: 4 } : { rows: [late], next: 5 };
      },
    });
    const run = await talaria(["audit", "--follow", "--json"], { bot });
    const lines = run.stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([row, late]);
    expect(errorOf(run.stderr).message).toBe("That is all.");
    const waits = ["limit=100", "since=4&wait=25", "since=4&wait=25", "since=5&wait=25"];
    expect(pathsOf(bot)).toEqual(waits.map((query) => `GET /api/audit?${query}`));
  });
});

describe("talaria exec sessions", () => {
  it("lists them with what they use", async () => {
    const sessions = [
      { session: "default", lastCommandAt: new Date().toISOString(), commands: 3, boxes: ["exec-1"] },
      { session: "t-0a", lastCommandAt: new Date(0).toISOString(), commands: 1, boxes: [] },
    ];
    const bot = await aFakeBot({ "GET /api/exec/sessions": () => ({ sessions }) });
    const run = await talaria(["exec", "sessions"], { bot });
    expect(run.stdout).toMatch(/^default {2}3 commands, the last .* ago, in exec-1\nt-0a {2}1 command, .*, at rest\n$/);
    expect(JSON.parse((await talaria(["exec", "sessions", "--json"], { bot })).stdout)).toEqual(sessions);
  });
});

describe("talaria exec ls, get and put", () => {
  /** Every byte there is, in no order that a text has. */
  const bytes = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7 + (index >> 8)) % 256));

  async function aBotWithFiles() {
    const sandbox = await aSandbox();
    return { ...sandbox, bot: await aFakeBot(sandbox.routes) };
  }

  it("stores a file and fetches it again, byte for byte", async () => {
    const [{ bot, workspace }, folder] = [await aBotWithFiles(), await aFolder()];
    const file = path.join(folder, "all bytes");
    await writeFile(file, bytes);
    const put = await talaria(["exec", "put", file, "data/new/"], { bot });
    expect(put.stdout, put.stderr).toBe("data/new/all bytes: 3.0 MB\n");
    expect((await readFile(path.join(workspace, "data/new/all bytes"))).equals(bytes)).toBe(true);
    const get = await talaria(["exec", "get", "data/new/all bytes", path.join(folder, "back")], { bot });
    expect(get.code, get.stderr).toBe(0);
    expect((await readFile(path.join(folder, "back"))).equals(bytes)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(["all bytes", "back"]);
    const listed = await talaria(["exec", "ls", "data/new"], { bot });
    expect(listed.stdout).toMatch(/^3\.0 MB {2}20\d\d-.*Z {2}all bytes\n$/);
    expect((await talaria(["exec", "ls"], { bot })).stdout).toMatch(/- {2}20\d\d-.*Z {2}data\/\n/);
  });

  it("takes stdin and gives stdout for -, and its own name where none is given", async () => {
    const [{ bot, workspace }, folder] = [await aBotWithFiles(), await aFolder()];
    await talaria(["exec", "put", "-", "typed.txt"], { bot, stdin: "typed in\n" });
    expect(await readFile(path.join(workspace, "typed.txt"), "utf8")).toBe("typed in\n");
    expect((await talaria(["exec", "get", "typed.txt", "-"], { bot })).stdout).toBe("typed in\n");
    await talaria(["exec", "get", "typed.txt"], { bot, cwd: folder });
    expect(await readdir(folder)).toEqual(["typed.txt"]);
  });

  it("stores and fetches a file with nothing in it", async () => {
    const [{ bot, workspace }, folder] = [await aBotWithFiles(), await aFolder()];
    await writeFile(path.join(folder, "empty"), "");
    expect((await talaria(["exec", "put", path.join(folder, "empty")], { bot })).stdout).toBe("empty: 0 B\n");
    expect(await readFile(path.join(workspace, "empty"), "utf8")).toBe("");
    expect((await talaria(["exec", "get", "empty", path.join(folder, "back")], { bot })).code).toBe(0);
    expect(await readFile(path.join(folder, "back"), "utf8")).toBe("");
  });

  it("tells how far a transfer is that lasts", async () => {
    const bot = await aFakeBot({
      "/api/exec/sessions/default/*": (response) => {
        response.writeHead(200, { "content-length": "2000" }).write(Buffer.alloc(1000));
        setTimeout(() => response.end(Buffer.alloc(1000)), 3500);
      },
    });
    const run = await talaria(["exec", "get", "slow", "-"], { bot });
    expect(run.stdout).toHaveLength(2000);
    expect(run.stderr).toBe("fetching slow … 1.0 KB of 2.0 KB\n");
  });

  it("goes over nothing on either side without --force", async () => {
    const [{ bot, workspace }, folder] = [await aBotWithFiles(), await aFolder()];
    const [here, there] = [path.join(folder, "a"), path.join(workspace, "a")];
    await writeFile(here, "here");
    await writeFile(there, "there");
    await mkdir(path.join(workspace, "folder"));
    await writeFile(path.join(workspace, "folder", "a"), "there, too");
    const refused = async (...args: string[]) =>
      errorOf((await talaria(["exec", ...args, "--json"], { bot })).stderr).code;
    expect(await refused("get", "a", here)).toBe("wouldOverwrite");
    expect(await refused("get", "a", folder)).toBe("wouldOverwrite");
    expect(await refused("put", here)).toBe("workspaceHasIt");
    expect(await refused("put", here, "folder")).toBe("workspaceHasIt");
    expect([await readFile(here, "utf8"), await readFile(there, "utf8")]).toEqual(["here", "there"]);
    expect((await talaria(["exec", "put", here, "folder", "--force"], { bot })).code).toBe(0);
    expect(await readFile(path.join(workspace, "folder", "a"), "utf8")).toBe("here");
    expect((await talaria(["exec", "get", "a", here, "--force"], { bot })).code).toBe(0);
    expect(await readFile(here, "utf8")).toBe("there");
  });

  it("leaves no file where a fetch breaks off", async () => {
    const folder = await aFolder();
    const bot = await aFakeBot({
      "/api/exec/sessions/default/*": (response) => {
        response.writeHead(200, { "content-length": "1000" }).write("half");
        setTimeout(() => response.destroy(), 50);
      },
    });
    const run = await talaria(["exec", "get", "x", path.join(folder, "x"), "--json"], { bot });
    expect(errorOf(run.stderr).code).toBe("cutOff");
    expect(await readdir(folder)).toEqual([]);
  });

  it.each([
    ["a file that is not there", ["get", "nothing", "-"], "execFileAbsent"],
    ["a way out of the workspace", ["get", "../x", "-"], "pathOutside"],
    ["a folder to send", ["put", "."], "folderGiven"],
    ["a file of ours that is not there", ["put", "/no/such/file"], "fileUnreadable"],
    ["what has no name", ["put", "-"], "nameForStdin"],
    ["a path without a name", ["get", "a/.."], "namesNoFile"],
  ])("refuses %s", async (_what, args, code) => {
    const { bot } = await aBotWithFiles();
    const run = await talaria(["exec", ...args, "--json"], { bot });
    expect(errorOf(run.stderr).code).toBe(code);
    expect(run.code).toBe(1);
  });

  it("asks for the session that is named", async () => {
    const entries = [{ name: "n", type: "file", bytes: 1, modified: 0 }];
    const bot = await aFakeBot({ "GET /api/exec/sessions/t-0a/list": () => ({ entries }) });
    const run = await talaria(["exec", "ls", "x y", "--session", "t-0a", "--json"], { bot });
    expect(JSON.parse(run.stdout)).toEqual(entries);
    expect(pathsOf(bot)).toEqual(["GET /api/exec/sessions/t-0a/list?path=x+y"]);
  });
});
