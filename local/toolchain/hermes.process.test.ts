import fs from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { listedLines } from "../../infra/config/hermes/keyList.ts";
import { ensureHermes } from "./hermes.ts";
import { installedKeys, keyListPath } from "./hermesKeys.ts";
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

  it("has the configuration keys that are committed of it (node local/toolchain/hermesKeys.ts writes them)", {
    timeout: 900_000,
  }, async () => {
    for await (const { line, text } of installedKeys()) {
      // A line that no list covers yet: its own is written where that Hermes can be had.
      if (!listedLines.some((one) => one === line)) continue;
      const committed: unknown = JSON.parse(await fs.readFile(keyListPath(line), "utf8")); // formatted as the linter wants it
      expect(JSON.parse(text), line).toEqual(committed);
    }
  });
});
