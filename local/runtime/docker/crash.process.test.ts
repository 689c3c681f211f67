import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testDocker, whyNoDocker } from "../testing/docker.ts";
import { eventually, holders } from "../testing/fixture.ts";

const missing = await whyNoDocker();

describe("a runtime on Docker whose process is killed", () => {
  let stateDir: string;
  beforeEach(({ skip }) => {
    skip(missing !== undefined, `skipped: ${missing}`);
    stateDir = fs.mkdtempSync(path.join(os.tmpdir(), "talaria-crash-"));
  });
  afterEach(() => stateDir && fs.rmSync(stateDir, { recursive: true, force: true }));

  it("leaves no container, no network and no workerd", async () => {
    const docker = await testDocker();
    const program = fileURLToPath(new URL("../fixtures/victim.ts", import.meta.url));
    const victim = spawn(process.execPath, [program, stateDir, "docker"], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve, reject) => {
      victim.stdout.once("data", () => resolve());
      victim.once("exit", () => reject(new Error("the runtime ended before it was ready")));
    });
    const traces = () => docker.traces(victim.pid);
    expect(await traces()).toHaveLength(3);
    expect(holders(path.join(stateDir, "storage")).length).toBeGreaterThan(0);
    victim.kill("SIGKILL");
    await eventually("the end of the containers", async () => (await traces()).length === 0);
    await eventually("the end of workerd", () => holders(path.join(stateDir, "storage")).length === 0);
  });
});
