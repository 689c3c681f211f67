import { describe, expect, it } from "vitest";
import { one, running } from "./testing/aMemory.ts";
import { aStatus } from "./testing/aStatus.ts";
import { aFakeBot } from "./testing/fakeBot.ts";
import { talaria } from "./testing/launcher.ts";

const errorOf = (stderr: string) => JSON.parse(stderr).error;

describe("talaria drill, care and diff", () => {
  it("say what was proven, tidied and found", async () => {
    const passed = { outcome: "passed", snapshot: one.id, tree: one.tree, sessions: 1, messages: 4, memories: 2 };
    const drill = await talaria(["drill"], { bot: await aFakeBot(running("POST /api/drill", "drill", passed)) });
    expect(drill.stdout).toMatch(
      /^1a2b3c4d is whole \(.*\): 120 files, 4\.2 MB, 2 databases, 1 session, 2 memories\n$/,
    );
    const tidied = { outcome: "tidied", kept: 3, forgotten: 2, freedBytes: 1_000_000 };
    const care = await talaria(["care"], { bot: await aFakeBot(running("POST /api/care", "care", tidied)) });
    expect(care.stdout).toContain("3 snapshots kept, 2 forgotten, 1.0 MB freed");
    const changes = [
      { path: "memories/MEMORY.md", change: "M", was: 10, bytes: 1200 },
      { path: "new.md", change: "+", bytes: 5 },
    ];
    const compared = { outcome: "compared", changes, counts: { added: 1, removed: 3, changed: 1 } };
    const bot = await aFakeBot(running("GET /api/snapshots/diff", "diff", compared));
    const diff = await talaria(["diff", "1a2b3c", "1a2b99"], { bot });
    expect(diff.stdout).toBe(
      "M memories/MEMORY.md  10 B → 1.2 KB\n+ new.md  5 B\n… and 3 more\n1 added, 3 removed, 1 changed\n",
    );
    expect(bot.seen[0]?.path).toBe("/api/snapshots/diff?from=1a2b3c&to=1a2b99");
  });

  it("fail when it was not so", async () => {
    const problem = { code: "manifest_mismatch", message: "a file differs" };
    const bad = await aFakeBot(running("POST /api/drill", "drill", { outcome: "bad", problem }));
    const run = await talaria(["drill", "--json"], { bot: bad });
    expect(run.code).toBe(1);
    expect(errorOf(run.stderr)).toMatchObject({ code: "manifest_mismatch" });
    const failed = await aFakeBot(running("POST /api/care", "care", { outcome: "failed", problem }));
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
    const bot = await aFakeBot({ "GET /api/status": () => aStatus({ memory }) });
    const { stdout } = await talaria(["status"], { bot });
    expect(stdout).toMatch(/memory +1a2b3c4d of 3 min ago, 120 files, 4\.2 MB, everything until 3 min ago is saved/);
    expect(stdout).toMatch(/drill +FAILED 3 days ago/);
    expect(stdout).toMatch(/care +done 3 h ago, 9 snapshots kept/);
    expect(stdout).toMatch(/ALARM +drill_failed: a file differs/);
  });
});
