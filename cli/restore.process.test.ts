import { describe, expect, it } from "vitest";
import { aSnapshot, one, running, two } from "./testing/aMemory.ts";
import { aStatus } from "./testing/aStatus.ts";
import { aFakeBot, type FakeBot, pathsOf } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";
import { atTerminal } from "./testing/terminal.ts";

const errorOf = (stderr: string) => JSON.parse(stderr).error;

describe("talaria restore", () => {
  const done = { outcome: "done", before: one, after: two, unsaved: null, problem: null };
  const routes = () => running("POST /api/restore", "rollback", done);

  it("takes the beginning of an id that is the only one, and says what changed and how to go back", async () => {
    const bot = await aFakeBot(routes());
    const run = await talaria(["restore", "1a2b99", "--yes"], { bot });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/was {2}1a2b3c4d of .*120 files, 4\.2 MB\n {2}is {3}1a2b9999 of .*7 files, 900 B/);
    expect(run.stdout).toContain("./talaria diff 1a2b3c4d 1a2b9999");
    expect(run.stdout).toContain("./talaria restore 1a2b3c4d");
    const [begun] = bot.seen.filter(({ method }) => method === "POST");
    expect(JSON.parse(begun?.body ?? "")).toEqual({ id: two.id, force: false });
  });

  it("replaces nothing without a yes where nobody can be asked", async () => {
    const bot = await aFakeBot(routes());
    const run = await talaria(["restore", "1a2b99", "--json"], { bot });
    expect(run.code).toBe(1);
    expect(errorOf(run.stderr)).toMatchObject({ code: "sayYes", next: "Say so: ./talaria restore 1a2b9999 --yes" });
    expect(pathsOf(bot)).toEqual(["GET /api/snapshots"]);
  });

  it.each([
    ["y", 0, ["POST /api/restore"]],
    ["n", 1, []],
    ["", 1, []],
  ])("asks at a terminal, and takes %j for what it says", async (answer, code, posted) => {
    const bot = await aFakeBot(routes());
    const run = await atTerminal(["restore", "1a2b99"], bot, answer);
    expect(run.stdout).toContain("The bot stops, its memory is saved, then becomes 1a2b9999");
    expect(run.code).toBe(code);
    expect(pathsOf(bot).filter((path) => path.startsWith("POST"))).toEqual(posted);
  });

  it("refuses an id that is none, unknown, or the beginning of several, before anything is done", async () => {
    const bot = await aFakeBot(routes());
    const codeOf = async (id: string) =>
      errorOf((await talaria(["restore", id, "--yes", "--json"], { bot })).stderr).code;
    expect(await codeOf("../../x")).toBe("snapshotId");
    expect(await codeOf("abcdef")).toBe("snapshotUnknown");
    const twins = { current: one.id, snapshots: [one, aSnapshot("1a2b3c00")] };
    const several = await aFakeBot({ "GET /api/snapshots": () => twins });
    const run = await talaria(["restore", "1a2b3c", "--yes"], { bot: several });
    expect(run.stderr).toContain("The ids of 2 snapshots begin with 1a2b3c.");
    expect(pathsOf(bot)).not.toContain("POST /api/restore");
  });

  it("fails when the bot took another snapshot, and says when something was lost", async () => {
    const problem = "it is bad; the bot took 1a2b3c4d instead";
    const bad = await aFakeBot(running("POST /api/restore", "rollback", { ...done, outcome: "failed", problem }));
    expect((await talaria(["restore", "1a2b99", "--yes"], { bot: bad })).stderr).toContain(problem);
    const lossy = await aFakeBot(running("POST /api/restore", "rollback", { ...done, unsaved: "disk_full" }));
    expect((await talaria(["restore", "1a2b99", "--yes", "--force"], { bot: lossy })).stdout).toContain(
      "lost: what came after 1a2b3c4d could not be saved: disk_full",
    );
  });
});

describe("talaria start-fresh", () => {
  const done = { outcome: "done", before: one, after: null, unsaved: null, problem: null };
  const routes = (result: object = done) => ({
    ...running("POST /api/start-fresh", "start-fresh", result),
    "GET /api/status": () => aStatus(),
  });
  const posted = (bot: FakeBot) =>
    bot.seen.filter(({ method }) => method === "POST").map(({ body }) => JSON.parse(body));

  it("begins once the bot's name was given, and says how to take the memory back", async () => {
    const bot = await aFakeBot(routes());
    const run = await talaria(["start-fresh", "--name", "talaria-dev-bot"], { bot });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("./talaria restore 1a2b3c4d");
    expect(posted(bot)).toEqual([{ bot: "talaria-dev-bot", force: false }]);
  });

  it("does nothing under another name, or where nobody can be asked for it", async () => {
    const bot = await aFakeBot(routes());
    const other = await talaria(["start-fresh", "--name", "talaria-prod-bot", "--json"], { bot });
    expect([other.code, errorOf(other.stderr).code]).toEqual([1, "otherBot"]);
    const silent = await talaria(["start-fresh", "--json"], { bot });
    expect(errorOf(silent.stderr)).toMatchObject({ code: "sayName" });
    expect(posted(bot)).toEqual([]);
  });

  it.each([
    ["talaria-dev-bot", 0, 1],
    ["y", 1, 0],
  ])("asks for the name at a terminal, and takes %j for what it says", async (answer, code, begun) => {
    const bot = await aFakeBot(routes());
    const run = await atTerminal(["start-fresh"], bot, answer, "Type its name, talaria-dev-bot: ");
    expect([run.code, posted(bot).length]).toEqual([code, begun]);
  });

  it("fails with what the bot says went wrong", async () => {
    const bot = await aFakeBot(routes({ ...done, outcome: "failed", problem: "disk_full" }));
    const run = await talaria(["start-fresh", "--name", "talaria-dev-bot"], { bot });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("disk_full");
  });
});
