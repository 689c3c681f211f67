/** The workflows as actionlint reads them. Go builds it from the module proxy; skipped where there is no Go. */
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";

const go = spawnSync("go", ["version"]).status === 0;
if (!go) process.stderr.write("skipped: actionlint needs Go, and there is none\n");

test.skipIf(!go)("actionlint finds nothing in the workflows", { timeout: 300_000 }, () => {
  const folder = path.join(path.dirname(import.meta.dirname), ".github", "workflows");
  const files = fs.readdirSync(folder).map((name) => path.join(folder, name));
  const { status, stdout, stderr } = spawnSync(
    "go",
    ["run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.7", ...files],
    { cwd: os.tmpdir(), encoding: "utf8" },
  );
  expect([status, stdout, status === 0 ? "" : stderr]).toEqual([0, "", ""]);
});
