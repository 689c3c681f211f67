/** Who dies and who survives: the table of process trees that was measured on the real server. */
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Probe, probe, runs } from "./probe.ts";
import { openStandIn } from "./stage.ts";

/** Linux alone has /proc and `setsid`. */
const onLinux = process.platform === "linux";

/** Starts one of each kind, each writing its pid into `dir`, and stays. */
const family = (dir: string) => `cd ${dir}; echo $BASHPID >leader
sh -c 'echo $$ >child; exec sleep 60' >/dev/null 2>&1 &
sh -c 'sh -c "echo \\$\\$ >grandchild; exec sleep 60" & wait' >/dev/null 2>&1 &
sh -c 'sh -c "echo \\$\\$ >orphan; exec sleep 60" & exit 0' >/dev/null 2>&1 &
setsid sh -c 'echo $$ >setsid; exec sleep 60' >/dev/null 2>&1 &
setsid -f sh -c 'echo $$ >daemon; exec sleep 60' >/dev/null 2>&1
nohup sh -c 'echo $$ >nohup; exec sleep 60' >/dev/null 2>&1 &
sh -c 'trap "" TERM; echo $$ >stubborn; while :; do sleep 0.5; done' >/dev/null 2>&1 &
sleep 1; exec sleep 60`;

describe.runIf(onLinux)("process trees", () => {
  let stage: Awaited<ReturnType<typeof openStandIn>>;
  let server: Probe;

  beforeAll(async () => {
    stage = await openStandIn();
    server = probe(stage.url);
  });
  afterAll(() => stage.close());

  /** Runs `use` with a fresh folder and returns the names of those who live after it. */
  async function survivorsOf(use: (dir: string) => Promise<unknown>): Promise<string[]> {
    const dir = fs.mkdtempSync(path.join(stage.dir, "family-"));
    await use(dir);
    await sleep(300);
    const pids = fs
      .readdirSync(dir)
      .map((name) => ({ name, pid: Number(fs.readFileSync(path.join(dir, name), "utf8")) }));
    expect(pids).toHaveLength(8);
    const living = pids.filter(({ pid }) => runs(pid));
    for (const { pid } of living) process.kill(pid, "SIGKILL");
    return living.map(({ name }) => name).sort();
  }

  async function start(dir: string, sessionId: string): Promise<void> {
    await server.post("/api/process/start", { command: family(dir), sessionId, processId: path.basename(dir) });
    await sleep(1500);
  }

  it("a sessionless time-out ends the group; setsid and a child that ignores TERM outlive it", async () => {
    const survivors = await survivorsOf(async (dir) => {
      expect(await server.run(family(dir), 1800)).toMatchObject({ exitCode: 124 });
    });
    expect(survivors).toEqual(["daemon", "setsid", "stubborn"]);
  });

  it("a sessionless DELETE ends the group in the same way", async () => {
    const survivors = await survivorsOf(async (dir) => {
      await start(dir, "__DISABLE_SESSION__");
      await server.request("DELETE", `/api/process/${path.basename(dir)}`);
    });
    expect(survivors).toEqual(["daemon", "setsid", "stubborn"]);
  });

  it("a DELETE in a session ends the whole tree; who has another parent survives", async () => {
    const survivors = await survivorsOf(async (dir) => {
      await start(dir, "tree");
      await server.request("DELETE", `/api/process/${path.basename(dir)}`);
    });
    expect(survivors).toEqual(["daemon", "orphan"]);
  });

  it("deleting a session kills its processes at once", async () => {
    const survivors = await survivorsOf(async (dir) => {
      await start(dir, "gone");
      await server.post("/api/session/delete", { sessionId: "gone" });
    });
    expect(survivors).toEqual(["daemon", "orphan"]);
  });

  it("a client that leaves ends nothing", async () => {
    const survivors = await survivorsOf(async (dir) => {
      const body = { command: family(dir), sessionId: "__DISABLE_SESSION__" };
      const leaving = fetch(new URL("/api/execute", stage.url), {
        method: "POST",
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(1500),
      });
      await expect(leaving).rejects.toThrow();
    });
    expect(survivors).toEqual(["child", "daemon", "grandchild", "leader", "nohup", "orphan", "setsid", "stubborn"]);
  });
});
