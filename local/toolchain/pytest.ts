/** pytest in a venv of the cache, for the tests of what runs in containers. */
import fs from "node:fs/promises";
import path from "node:path";
import { cacheDir } from "../paths.ts";
import { withLock } from "./lock.ts";
import * as pins from "./pins.ts";
import { ToolchainProblem, tail } from "./problem.ts";
import { type Progress, step } from "./progress.ts";
import { findPython } from "./python.ts";
import { run } from "./run.ts";

/** The interpreter that has pytest. Installs it the first time. */
export async function ensurePytest({ progress }: { readonly progress: Progress }): Promise<string> {
  const venv = path.join(cacheDir, `pytest-${pins.pytest.version}`);
  const python = path.join(venv, "bin", "python");
  const isThere = async () => (await run(python, ["-m", "pytest", "--version"])).code === 0;
  return step(progress, "pytest", () =>
    withLock(`${venv}.lock`, async () => {
      if (!(await isThere())) await install(venv);
      return { value: python, summary: pins.pytest.version };
    }),
  );
}

async function install(venv: string): Promise<void> {
  await fs.rm(venv, { recursive: true, force: true });
  const { program } = await findPython(process.env);
  const requirements = `${venv}.txt`;
  await fs.writeFile(requirements, `${pins.pytest.requirements.join("\n")}\n`);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r", requirements];
  for (const [command, args] of [
    [program, ["-m", "venv", venv]],
    [path.join(venv, "bin", "python"), pip],
  ] as const) {
    const { code, stderr } = await run(command, args);
    if (code !== 0)
      throw new ToolchainProblem("pytest could not be installed.", [tail(stderr)], ["reach PyPI and run this again"]);
  }
}
