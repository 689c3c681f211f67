import { spawnSync } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { removeDeadLocks } from "./deadLocks.ts";

let backend: string;
let locks: string;
beforeEach(async () => {
  backend = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-locks-"));
  locks = path.join(backend, ".pulumi", "locks", "organization", "talaria", "local");
  await fs.mkdir(locks, { recursive: true });
});
afterEach(() => fs.rm(backend, { recursive: true, force: true }));

const lock = async (name: string, pid: number, hostname = os.hostname()) => {
  const text = JSON.stringify({ pid, username: "you", hostname, timestamp: "2026-11-21T15:33:21.521141204Z" });
  await fs.writeFile(path.join(locks, `${name}.json`), text);
  await fs.writeFile(path.join(locks, `${name}.json.attrs`), "{}");
};

it("removes the lock of a process of this machine that has ended, and no other", async () => {
  const { pid } = spawnSync("true");
  await lock("dead", pid);
  await lock("living", process.pid);
  await lock("elsewhere", pid, "another-machine");
  await fs.writeFile(path.join(locks, "unreadable.json"), "{");
  await removeDeadLocks(backend, "talaria", "local");
  expect((await fs.readdir(locks)).sort()).toEqual([
    "elsewhere.json",
    "elsewhere.json.attrs",
    "living.json",
    "living.json.attrs",
    "unreadable.json",
  ]);
});

it("has nothing to do for a stack that was never locked", async () => {
  await expect(removeDeadLocks(backend, "talaria", "local-other")).resolves.toBeUndefined();
});
