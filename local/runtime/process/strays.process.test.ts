import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { endEngine, marker, markerEnv, pulumiMark } from "./strays.ts";

const engine = `test${process.pid}`;
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-strays-"));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** Runs a script until it has touched `name` in the folder. */
async function started(mark: string, name: string, script: string): Promise<ChildProcess> {
  const child = spawn("sh", ["-c", `${script}; touch ${name}; while :; do sleep 0.1; done`], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", ...markerEnv(engine, mark) },
    stdio: "ignore",
  });
  while (!fs.existsSync(path.join(folder, name))) await new Promise((resolve) => setTimeout(resolve, 20));
  return child;
}

const ended = (child: ChildProcess) =>
  new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));

it("lets a pulumi at work take back what it has made, and kills everything else at once", async () => {
  const pulumi = await started(pulumiMark, "login", "trap 'rm login; exit 3' INT");
  const deaf = await started(pulumiMark, "deaf", "trap '' INT");
  const workerd = await started("workerd", "workerd", "trap 'touch asked' INT");
  const ends = Promise.all([ended(pulumi), ended(deaf), ended(workerd)]);
  await endEngine(marker(engine));
  expect(await ends).toEqual([3, "SIGKILL", "SIGKILL"]);
  expect(fs.readdirSync(folder).sort()).toEqual(["deaf", "workerd"]);
});
