import path from "node:path";
import { describe, expect, it } from "vitest";
import { ensureHermes } from "./hermes.ts";
import { run } from "./run.ts";

describe("Hermes of the toolchain", () => {
  it("starts, in the version that it says", { timeout: 900_000 }, async () => {
    const { venv, version } = await ensureHermes({ progress: () => {} });
    const answer = await run(path.join(venv, "bin", "hermes"), ["--version"]);
    expect(answer.code, answer.stderr).toBe(0);
    expect(answer.stdout).toContain(version);
  });

  it("has what its API server needs", { timeout: 900_000 }, async () => {
    const { venv } = await ensureHermes({ progress: () => {} });
    const answer = await run(path.join(venv, "bin", "python"), ["-c", "import aiohttp.web, hermes_cli.main"]);
    expect(answer.code, answer.stderr).toBe(0);
  });
});
