/** However `npm run local` ends, nothing of it goes on: no process, and no folder of a container. */
import { spawn } from "node:child_process";
import fs from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkout } from "../local/paths.ts";
import { mustPass } from "./commands.ts";
import { type LocalSystem, startLocal } from "./harness.ts";

let local: LocalSystem;
beforeAll(async () => {
  local = await startLocal();
});
afterAll(() => local?.stop());

describe("the end of a local system", () => {
  it("leaves nothing behind when its daemon is killed, and the next start answers on the same address", async () => {
    expect((await local.processes()).length).toBeGreaterThan(4); // daemon, watcher, workerd, sandboxd, gateway
    expect((await local.folders()).length).toBe(2); // the engine's and the container's
    process.kill(local.daemonPid, "SIGKILL");
    await nothingIsLeft();

    mustPass(await local.commands.local(["--detach"]));
    await local.commands.daemon();
    expect((await fetch(`${local.url}/health`)).status).toBe(200);
    expect((await local.folders()).length).toBe(2);
  });

  it("leaves nothing behind after --stop, and says when there was nothing to stop", async () => {
    expect(mustPass(await local.commands.local(["--stop"])).output).toContain("Stopped.");
    await nothingIsLeft();
    expect(mustPass(await local.commands.local(["--stop"])).output).toContain("Nothing was running.");
  });

  it("leaves nothing behind after Ctrl-C, once the bot has answered", async () => {
    const { code, text } = await interrupted("Ctrl-C ends it.");
    expect(text).toContain("first chat");
    expect(text).toContain("Stopped; nothing is left running.");
    expect(code).toBe(130);
    await nothingIsLeft();
  });

  it("leaves nothing behind after Ctrl-C in the middle of the start", async () => {
    const { code } = await interrupted("Updating (local)", "SIGINT");
    expect(code).toBe(130);
    await nothingIsLeft();
    mustPass(await local.commands.local(["--detach"])); // an interrupted `up` does not bar the next one
  });
});

/** Runs `npm run local` in the foreground until it has said `words`, then types Ctrl-C: the whole group gets the signal. */
async function interrupted(
  words: string,
  signal: NodeJS.Signals = "SIGINT",
): Promise<{ code: number | null; text: string }> {
  const child = spawn("node", [path.join(checkout, "local", "index.ts")], {
    cwd: checkout,
    env: local.commands.env,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error("npm run local does not start");
  let text = "";
  let sent = false;
  const hear = (chunk: Buffer) => {
    text += chunk.toString();
    if (sent || !text.includes(words)) return;
    sent = true;
    void local.commands.daemon().then(() => process.kill(-pid, signal));
  };
  child.stdout.on("data", hear);
  child.stderr.on("data", hear);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  expect(sent, text).toBe(true);
  return { code, text };
}

/** Processes end and folders go within seconds; a minute is for a busy machine. */
async function nothingIsLeft(): Promise<void> {
  for (let tries = 0; tries < 240; tries++) {
    if ((await local.processes()).length === 0 && (await local.folders()).length === 0) return;
    await pause(250);
  }
  const names = (await local.processes()).map((pid) => fs.readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""));
  expect({ processes: await Promise.all(names), folders: await local.folders() }).toEqual({
    processes: [],
    folders: [],
  });
}
