import { describe, expect, it } from "vitest";
import { aRun, books, one, running, shrunk, two } from "./testing/aMemory.ts";
import { aFakeBot, failing, pathsOf, type Route } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const errorOf = (stderr: string) => JSON.parse(stderr).error;

describe("talaria snapshot", () => {
  const made = { outcome: "made", snapshot: one.id };

  it("follows the run to its end and says what was saved", async () => {
    const bot = await aFakeBot(running("POST /api/snapshot", "snapshot", made));
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
    const bot = await aFakeBot(slow("POST /api/snapshot"));
    const run = await talaria(["snapshot"], { bot });
    expect(run.stderr).toMatch(/^saving the memory … \d+ s, upload 42 %\n$/);
    const json = await talaria(["snapshot", "--json"], { bot: await aFakeBot(slow("POST /api/snapshot")) });
    expect(json.stderr).toBe("");
    expect(JSON.parse(json.stdout)).toMatchObject({ run: "snapshot-1", result: made, snapshot: { id: one.id } });
  });

  it("says that nothing has changed", async () => {
    const bot = await aFakeBot(running("POST /api/snapshot", "snapshot", { outcome: "unchanged" }));
    expect((await talaria(["snapshot"], { bot })).stdout).toBe("nothing has changed since 1a2b3c4d\n");
  });

  it("fails when the snapshot is kept and not promoted, and names the way out", async () => {
    const bot = await aFakeBot(running("POST /api/snapshot", "snapshot", { outcome: "made", snapshot: shrunk.id }));
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
    const failed = await aFakeBot(running("POST /api/snapshot", "snapshot", { outcome: "failed", problem }));
    expect(errorOf((await talaria(["snapshot", "--json"], { bot: failed })).stderr)).toEqual({
      code: "disk_full",
      message: "The memory was not saved: The disk is full.",
      next: "Free space.",
    });
    const died = await aFakeBot({
      "POST /api/snapshot": () => ({ run: "snapshot-1" }),
      "GET /api/runs/snapshot-1": () => aRun("snapshot", null, { state: "ended", died: "its container ended" }),
    });
    const run = await talaria(["snapshot"], { bot: died });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("no end of saving the memory (snapshot-1): its container ended");
  });

  it("passes on that there is nothing to save", async () => {
    const error = { code: "nothingToSave", message: "No container runs.", next: "Wake it." };
    const bot = await aFakeBot({ "POST /api/snapshot": failing(409, error) });
    const run = await talaria(["snapshot", "--json"], { bot });
    expect([run.code, errorOf(run.stderr)]).toEqual([1, error]);
  });
});

describe("talaria snapshots", () => {
  it("shows age, size, what was added, version and verdict, and which is the memory", async () => {
    const bot = await aFakeBot({ "GET /api/snapshots": () => books });
    const lines = (await talaria(["snapshots"], { bot })).stdout.split("\n");
    expect(lines[0]?.split(/ +/)).toEqual(["", "id", "age", "size", "added", "hermes", "why", "verdict"]);
    expect(lines[1]).toMatch(/^\* +1a2b3c4d +\d+ days ago +4\.2 MB +32\.0 KB +0\.21\.5 +due +promoted$/);
    expect(lines[2]).toMatch(/^ +1a2b9999 .* 900 B .* stop +promoted$/);
    expect(lines[3]).toMatch(/shrunk: much smaller$/);
  });

  it("gives programs an array with all fields", async () => {
    const bot = await aFakeBot({ "GET /api/snapshots": () => books });
    const list = JSON.parse((await talaria(["snapshots", "--json"], { bot })).stdout);
    expect(list).toEqual([
      { ...one, current: true },
      { ...two, current: false },
      { ...shrunk, current: false },
    ]);
    const empty = await aFakeBot({ "GET /api/snapshots": () => ({ current: null, snapshots: [] }) });
    expect((await talaria(["snapshots"], { bot: empty })).stdout).toBe("nothing is saved yet\n");
  });
});
