import { spawnSync } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder } from "./folder.ts";
import { withLock } from "./lock.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), "talaria-lock-"));
  file = path.join(folder, "lock");
});
afterEach(() => fs.rm(folder, { recursive: true, force: true }));

describe("the lock of the cache", () => {
  it("lets one in at a time", async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    };
    await Promise.all([withLock(file, work), withLock(file, work), withLock(file, work)]);
    expect(most).toBe(1);
  });

  it("is free again after a failure", async () => {
    await expect(withLock(file, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(await withLock(file, async () => "in")).toBe("in");
  });

  it("takes over from a process that died", async () => {
    const { pid } = spawnSync(process.execPath, ["-e", ""]);
    await fs.writeFile(file, String(pid));
    expect(await withLock(file, async () => "in")).toBe("in");
  });

  it("tells who holds it, and gives up in the end", async () => {
    await fs.writeFile(file, String(process.pid));
    let holder = 0;
    const onWait = (pid: number) => {
      holder = pid;
    };
    await expect(withLock(file, async () => "in", { onWait, waitMs: 0 })).rejects.toThrow(/has held .* for too long/);
    await expect(withLock(file, async () => "in", { onWait, waitMs: 300 })).rejects.toThrow(/has held/);
    expect(holder).toBe(process.pid);
  });
});

describe("a folder of the cache", () => {
  it("is not there when filling it failed, and what a crash left is cleared by the next", async () => {
    const target = path.join(folder, "target");
    await expect(createFolder(target, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    await fs.mkdir(`${target}.partial-crashed`);
    expect(await fs.readdir(folder)).not.toContain("target");
    await createFolder(target, (into) => fs.writeFile(path.join(into, "file"), "whole"));
    expect(await fs.readdir(folder)).toEqual(["target"]);
    expect(await fs.readFile(path.join(target, "file"), "utf8")).toBe("whole");
  });
});
