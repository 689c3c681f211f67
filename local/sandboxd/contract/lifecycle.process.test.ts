/** Start and end of the server itself. */
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { probe, runs } from "./probe.ts";
import { openStandIn } from "./stage.ts";

async function open(env: NodeJS.ProcessEnv = {}, args: readonly string[] = []) {
  const stage = await openStandIn(env, args);
  onTestFinished(() => stage.close());
  return { ...stage, ...probe(stage.url) };
}

describe("sandboxd", () => {
  it("ends its registered processes on SIGTERM and exits with 0", async () => {
    const { server, post } = await open();
    const { pid } = await post("/api/process/start", { command: "sleep 60", sessionId: "__DISABLE_SESSION__" });
    expect(runs(Number(pid))).toBe(true);
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    expect(runs(Number(pid))).toBe(false);
  });

  it("notes a process that was told to end as killed, with the exit code that it chose itself", async () => {
    const { post, request } = await open();
    const command = "trap 'exit 6' TERM; echo ready; while :; do sleep 0.1; done";
    await post("/api/process/start", { command, processId: "polite", sessionId: "__DISABLE_SESSION__" });
    const logs = async () => (await request("GET", "/api/process/polite/logs")).text();
    await expect.poll(logs, { timeout: 20_000 }).toContain("ready");
    await request("DELETE", "/api/process/polite");
    const { process } = Object(await (await request("GET", "/api/process/polite")).json());
    expect(process).toMatchObject({ status: "killed", exitCode: 6 });
  });

  it("lists ended processes again after a restart, and none that ran", async () => {
    const first = await open();
    const start = (command: string, processId: string) =>
      first.post("/api/process/start", { command, processId, sessionId: "__DISABLE_SESSION__" });
    await start("echo out; exit 4", "ended");
    await start("sleep 60", "running");
    await first.request("GET", "/api/process/ended/stream").then((response) => response.text());
    const { pid } = Object(await (await first.request("GET", "/api/process/running")).json()).process;
    const ended = once(first.server, "exit");
    first.server.kill("SIGKILL");
    await ended;
    process.kill(-pid, "SIGKILL");
    const second = await open({ TMPDIR: path.join(first.dir, "tmp") });
    const list = Object(await (await second.request("GET", "/api/process/list")).json());
    expect(list.processes).toMatchObject([{ id: "ended", status: "failed", exitCode: 4 }]);
    const logs = await (await second.request("GET", "/api/process/ended/logs")).json();
    expect(logs).toMatchObject({ stdout: "out\n" });
    const again = await second.request("DELETE", "/api/process/ended");
    expect(await again.json()).toMatchObject({ code: "COMMAND_NOT_FOUND" });
  });

  it("resets a stream that is quiet for too long, while the command runs on", async () => {
    const { request } = await open({ SANDBOX_STREAM_IDLE_MS: "400" });
    const body = { command: "sleep 1.5; echo late", sessionId: "__DISABLE_SESSION__" };
    const stream = await request("POST", "/api/execute/stream", body);
    await expect(stream.text()).rejects.toThrow();
    await sleep(2000);
    const list = Object(await (await request("GET", "/api/process/list")).json());
    expect(list.processes).toMatchObject([{ status: "completed", exitCode: 0 }]);
  });

  it("answers a quiet plain request however long it takes", async () => {
    const { run } = await open({ SANDBOX_STREAM_IDLE_MS: "200" });
    expect(await run("sleep 1; echo done")).toMatchObject({ stdout: "done\n" });
  });

  it("stays when its main command ends with 0", async () => {
    const { run, dir } = await open({}, ["--", "sh", "-c", "touch ran"]);
    await sleep(500);
    expect(await run("echo here")).toMatchObject({ stdout: "here\n" });
    expect(fs.existsSync(path.join(dir, "ran"))).toBe(true);
  });

  it("exits with the code of a main command that fails", async () => {
    const { server } = await open({}, ["--", "sh", "-c", "sleep 0.5; exit 9"]);
    expect(await once(server, "exit")).toEqual([9, null]);
  });

  it("passes SIGTERM on to its main command and exits with 0", async () => {
    const script = "trap 'touch told; exit 3' TERM; touch ready; while :; do sleep 0.1; done";
    const { server, dir } = await open({}, ["--", "sh", "-c", script]);
    await expect.poll(() => fs.existsSync(path.join(dir, "ready")), { timeout: 20_000 }).toBe(true);
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    await expect.poll(() => fs.existsSync(path.join(dir, "told")), { timeout: 20_000 }).toBe(true);
  });
});
