import { afterEach, describe, expect, it } from "vitest";
import { aRun, aSnapshot } from "./testing/aMemory.ts";
import { aStatus } from "./testing/aStatus.ts";
import { type FakeBot, failing, type Route, startFakeBot, tokens } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const bots: FakeBot[] = [];
afterEach(async () => {
  await Promise.all(bots.splice(0).map((bot) => bot.close()));
});

async function aBot(routes: Readonly<Record<string, Route>>) {
  const bot = await startFakeBot(routes);
  bots.push(bot);
  return bot;
}

const one = aSnapshot("1a2b3c4d");
const two = aSnapshot("1a2b9999", { tree: { files: 7, bytes: 900, databases: 1 }, reason: "stop" });
const shrunk = aSnapshot("5555aaaa", { verdict: "shrunk", problem: "much smaller" });
const books = { current: one.id, snapshots: [one, two, shrunk] };
const errorOf = (stderr: string) => JSON.parse(stderr).error;
const pathsOf = (bot: FakeBot) => bot.seen.map(({ method, path }) => `${method} ${path}`);

/** Routes of a run that has ended with this result the second time it is asked for. */
function running(begin: string, kind: string, result: object): Record<string, Route> {
  return {
    [begin]: () => ({ run: `${kind}-1` }),
    [`GET /api/runs/${kind}-1`]: (_response, _request, count) => aRun(kind, count < 2 ? null : result),
    "GET /api/snapshots": () => books,
  };
}

describe("talaria snapshot", () => {
  const made = { outcome: "made", snapshot: one.id };

  it("follows the run to its end and says what was saved", async () => {
    const bot = await aBot(running("POST /api/snapshot", "snapshot", made));
    const run = await talaria(["snapshot"], { bot });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^saved as 1a2b3c4d in .*: 120 files, 4\.2 MB, of which 32\.0 KB are new\n$/);
    expect(pathsOf(bot).slice(0, 3)).toEqual([
      "POST /api/snapshot",
      "GET /api/runs/snapshot-1",
      "GET /api/runs/snapshot-1",
    ]);
  });

  it("tells on stderr how far it is, once it takes longer than two seconds, and leaves --json alone", async () => {
    const slow = (begin: string) => ({
      ...running(begin, "snapshot", made),
      "GET /api/runs/snapshot-1": ((_response, _request, count) => aRun("snapshot", count < 7 ? null : made)) as Route,
    });
    const bot = await aBot(slow("POST /api/snapshot"));
    const run = await talaria(["snapshot"], { bot });
    expect(run.stderr).toMatch(/^saving the memory … \d+ s, upload 42 %\n$/);
    const json = await talaria(["snapshot", "--json"], { bot: await aBot(slow("POST /api/snapshot")) });
    expect(json.stderr).toBe("");
    expect(JSON.parse(json.stdout)).toMatchObject({ run: "snapshot-1", result: made, snapshot: { id: one.id } });
  });

  it("says that nothing has changed", async () => {
    const bot = await aBot(running("POST /api/snapshot", "snapshot", { outcome: "unchanged" }));
    expect((await talaria(["snapshot"], { bot })).stdout).toBe("nothing has changed since 1a2b3c4d\n");
  });

  it("fails when the snapshot is kept and not promoted, and names the way out", async () => {
    const bot = await aBot(running("POST /api/snapshot", "snapshot", { outcome: "made", snapshot: shrunk.id }));
    const run = await talaria(["snapshot", "--json"], { bot });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(errorOf(run.stderr)).toEqual({
      code: "snapshot_shrunk",
      message: "The memory was not saved: 5555aaaa is kept, but not promoted (shrunk: much smaller)",
      next: "If that is right: ./talaria snapshot --trust-shrunk",
    });
    await talaria(["snapshot", "--trust-shrunk"], { bot });
    expect(bot.seen.filter(({ method }) => method === "POST").map(({ body }) => JSON.parse(body))).toEqual([
      { trustShrunk: false },
      { trustShrunk: true },
    ]);
  });

  it("fails with the run's own problem, and with the last words of one that died", async () => {
    const problem = { code: "disk_full", message: "The disk is full.", next: "Free space." };
    const failed = await aBot(running("POST /api/snapshot", "snapshot", { outcome: "failed", problem }));
    expect(errorOf((await talaria(["snapshot", "--json"], { bot: failed })).stderr)).toEqual({
      code: "disk_full",
      message: "The memory was not saved: The disk is full.",
      next: "Free space.",
    });
    const died = await aBot({
      "POST /api/snapshot": () => ({ run: "snapshot-1" }),
      "GET /api/runs/snapshot-1": () => aRun("snapshot", null, { state: "ended", died: "its container ended" }),
    });
    const run = await talaria(["snapshot"], { bot: died });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("no end of saving the memory (snapshot-1): its container ended");
  });

  it("passes on that there is nothing to save", async () => {
    const error = { code: "nothingToSave", message: "No container runs.", next: "Wake it." };
    const bot = await aBot({ "POST /api/snapshot": failing(409, error) });
    const run = await talaria(["snapshot", "--json"], { bot });
    expect([run.code, errorOf(run.stderr)]).toEqual([1, error]);
  });
});

describe("talaria snapshots", () => {
  it("shows age, size, what was added, version and verdict, and which is the memory", async () => {
    const bot = await aBot({ "GET /api/snapshots": () => books });
    const lines = (await talaria(["snapshots"], { bot })).stdout.split("\n");
    expect(lines[0]?.split(/ +/)).toEqual(["", "id", "age", "size", "added", "hermes", "why", "verdict"]);
    expect(lines[1]).toMatch(/^\* +1a2b3c4d +\d+ days ago +4\.2 MB +32\.0 KB +0\.21\.5 +due +promoted$/);
    expect(lines[2]).toMatch(/^ +1a2b9999 .* 900 B .* stop +promoted$/);
    expect(lines[3]).toMatch(/shrunk: much smaller$/);
  });

  it("gives programs an array with all fields", async () => {
    const bot = await aBot({ "GET /api/snapshots": () => books });
    const list = JSON.parse((await talaria(["snapshots", "--json"], { bot })).stdout);
    expect(list).toEqual([
      { ...one, current: true },
      { ...two, current: false },
      { ...shrunk, current: false },
    ]);
    const empty = await aBot({ "GET /api/snapshots": () => ({ current: null, snapshots: [] }) });
    expect((await talaria(["snapshots"], { bot: empty })).stdout).toBe("nothing is saved yet\n");
  });
});

describe("talaria restore", () => {
  const done = { outcome: "done", before: one, after: two, unsaved: null, problem: null };
  const routes = () => running("POST /api/restore", "rollback", done);

  it("takes the beginning of an id that is the only one, and says what changed and how to go back", async () => {
    const bot = await aBot(routes());
    const run = await talaria(["restore", "1a2b99", "--yes"], { bot });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/was {2}1a2b3c4d of .*120 files, 4\.2 MB\n {2}is {3}1a2b9999 of .*7 files, 900 B/);
    expect(run.stdout).toContain("./talaria diff 1a2b3c4d 1a2b9999");
    expect(run.stdout).toContain("./talaria restore 1a2b3c4d");
    const [begun] = bot.seen.filter(({ method }) => method === "POST");
    expect(JSON.parse(begun?.body ?? "")).toEqual({ id: two.id, force: false });
  });

  it("replaces nothing without a yes where nobody can be asked", async () => {
    const bot = await aBot(routes());
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
    const bot = await aBot(routes());
    const run = await atTerminal(["restore", "1a2b99"], bot, answer);
    expect(run.stdout).toContain("The bot stops, its memory is saved, then becomes 1a2b9999");
    expect(run.code).toBe(code);
    expect(pathsOf(bot).filter((path) => path.startsWith("POST"))).toEqual(posted);
  });

  it("refuses an id that is none, unknown, or the beginning of several, before anything is done", async () => {
    const bot = await aBot(routes());
    const codeOf = async (id: string) =>
      errorOf((await talaria(["restore", id, "--yes", "--json"], { bot })).stderr).code;
    expect(await codeOf("../../x")).toBe("snapshotId");
    expect(await codeOf("abcdef")).toBe("snapshotUnknown");
    const twins = { current: one.id, snapshots: [one, aSnapshot("1a2b3c00")] };
    const several = await aBot({ "GET /api/snapshots": () => twins });
    const run = await talaria(["restore", "1a2b3c", "--yes"], { bot: several });
    expect(run.stderr).toContain("The ids of 2 snapshots begin with 1a2b3c.");
    expect(pathsOf(bot)).not.toContain("POST /api/restore");
  });

  it("fails when the bot took another snapshot, and says when something was lost", async () => {
    const problem = "it is bad; the bot took 1a2b3c4d instead";
    const bad = await aBot(running("POST /api/restore", "rollback", { ...done, outcome: "failed", problem }));
    expect((await talaria(["restore", "1a2b99", "--yes"], { bot: bad })).stderr).toContain(problem);
    const lossy = await aBot(running("POST /api/restore", "rollback", { ...done, unsaved: "disk_full" }));
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
    const bot = await aBot(routes());
    const run = await talaria(["start-fresh", "--name", "talaria-dev-bot"], { bot });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("./talaria restore 1a2b3c4d");
    expect(posted(bot)).toEqual([{ bot: "talaria-dev-bot", force: false }]);
  });

  it("does nothing under another name, or where nobody can be asked for it", async () => {
    const bot = await aBot(routes());
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
    const bot = await aBot(routes());
    const run = await atTerminal(["start-fresh"], bot, answer, "Type its name, talaria-dev-bot: ");
    expect([run.code, posted(bot).length]).toEqual([code, begun]);
  });

  it("fails with what the bot says went wrong", async () => {
    const bot = await aBot(routes({ ...done, outcome: "failed", problem: "disk_full" }));
    const run = await talaria(["start-fresh", "--name", "talaria-dev-bot"], { bot });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("disk_full");
  });
});

describe("talaria drill, care and diff", () => {
  it("say what was proven, tidied and found", async () => {
    const passed = { outcome: "passed", snapshot: one.id, tree: one.tree, sessions: 1, messages: 4, memories: 2 };
    const drill = await talaria(["drill"], { bot: await aBot(running("POST /api/drill", "drill", passed)) });
    expect(drill.stdout).toMatch(
      /^1a2b3c4d is whole \(.*\): 120 files, 4\.2 MB, 2 databases, 1 session, 2 memories\n$/,
    );
    const tidied = { outcome: "tidied", kept: 3, forgotten: 2, freedBytes: 1_000_000 };
    const care = await talaria(["care"], { bot: await aBot(running("POST /api/care", "care", tidied)) });
    expect(care.stdout).toContain("3 snapshots kept, 2 forgotten, 1.0 MB freed");
    const changes = [
      { path: "memories/MEMORY.md", change: "M", was: 10, bytes: 1200 },
      { path: "new.md", change: "+", bytes: 5 },
    ];
    const compared = { outcome: "compared", changes, counts: { added: 1, removed: 3, changed: 1 } };
    const bot = await aBot(running("GET /api/snapshots/diff", "diff", compared));
    const diff = await talaria(["diff", "1a2b3c", "1a2b99"], { bot });
    expect(diff.stdout).toBe(
      "M memories/MEMORY.md  10 B → 1.2 KB\n+ new.md  5 B\n… and 3 more\n1 added, 3 removed, 1 changed\n",
    );
    expect(bot.seen[0]?.path).toBe("/api/snapshots/diff?from=1a2b3c&to=1a2b99");
  });

  it("fail when it was not so", async () => {
    const problem = { code: "manifest_mismatch", message: "a file differs" };
    const bad = await aBot(running("POST /api/drill", "drill", { outcome: "bad", problem }));
    const run = await talaria(["drill", "--json"], { bot: bad });
    expect(run.code).toBe(1);
    expect(errorOf(run.stderr)).toMatchObject({ code: "manifest_mismatch" });
    const failed = await aBot(running("POST /api/care", "care", { outcome: "failed", problem }));
    expect((await talaria(["care"], { bot: failed })).code).toBe(1);
  });
});

describe("talaria status of a bot with a memory", () => {
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

  it("shows the age and size of what is saved, the last drill, and each alarm", async () => {
    const memory = {
      promoted: { id: one.id, at: ago(180_000), ageSeconds: 180, bytes: 4_200_000, files: 120 },
      savedUntil: ago(181_000),
      run: null,
      lastDrill: { at: ago(3 * 86_400_000), passed: false, ms: 3200 },
      lastCare: { at: ago(3 * 3_600_000), done: true, kept: 9 },
      alarms: [{ code: "drill_failed", message: "a file differs", since: ago(0) }],
    };
    const bot = await aBot({ "GET /api/status": () => aStatus({ memory }) });
    const { stdout } = await talaria(["status"], { bot });
    expect(stdout).toMatch(/memory +1a2b3c4d of 3 min ago, 120 files, 4\.2 MB, everything until 3 min ago is saved/);
    expect(stdout).toMatch(/drill +FAILED 3 days ago/);
    expect(stdout).toMatch(/care +done 3 h ago, 9 snapshots kept/);
    expect(stdout).toMatch(/ALARM +drill_failed: a file differs/);
  });
});

/** The command at a pseudo-terminal, whose one answer is typed when it asks. */
async function atTerminal(args: readonly string[], bot: FakeBot, answer: string, question = "[y/N]") {
  const program = `
import os, pty, sys
said, asked = b"", False
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try:
        data = os.read(fd, 4096)
    except OSError:
        break
    if not data:
        break
    said += data
    if not asked and os.environ["QUESTION"].encode() in said:
        asked = True
        os.write(fd, (os.environ["ANSWER"] + "\\r").encode())
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
  const launcher = new URL("../talaria", import.meta.url).pathname;
  const env = {
    ...{ TALARIA_URL: bot.url, TALARIA_ADMIN_TOKEN: tokens.admin, ANSWER: answer, QUESTION: question, TERM: "dumb" },
    ...{ HOME: process.env.HOME ?? "" },
  };
  return talaria(["-c", program, launcher, ...args], { program: "python3", env });
}
