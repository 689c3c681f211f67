import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { engineRoot } from "./process/folders.ts";
import { eventually, holders, isAlive } from "./testing/fixture.ts";

const report = z.object({ pid: z.number(), stray: z.number(), home: z.string(), engine: z.string(), url: z.string() });

describe("a runtime whose process is killed", () => {
  let stateDir: string;
  beforeEach(() => {
    stateDir = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-crash-"));
  });
  afterEach(() => fs.rmSync(stateDir, { recursive: true, force: true }));

  it("leaves no container, no stray, no workerd and no folder", async () => {
    const victim = spawn(process.execPath, [fileURLToPath(new URL("fixtures/victim.ts", import.meta.url)), stateDir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise<string>((resolve, reject) => {
      victim.stdout.once("data", (data) => resolve(String(data)));
      victim.once("exit", () => reject(new Error("the runtime ended before it was ready")));
    });
    expect(holders(path.join(stateDir, "storage")).length).toBeGreaterThan(0);
    const { pid, stray, home, engine, url } = report.parse(JSON.parse(line));
    const folders = [home, path.join(engineRoot(), `engine-${engine}`)];
    expect([isAlive(pid), isAlive(stray), ...folders.map((folder) => fs.existsSync(folder))]).not.toContain(false);
    victim.kill("SIGKILL");
    await eventually("the end of the container", () => !isAlive(pid) && !isAlive(stray));
    await eventually("the end of the folders", () => !folders.some((folder) => fs.existsSync(folder)));
    await expect(fetch(url)).rejects.toThrow();
    await eventually("the end of workerd", () => holders(path.join(stateDir, "storage")).length === 0);
  });
});
