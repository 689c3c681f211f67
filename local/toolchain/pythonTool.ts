/** Python programs that tests use (pytest, schemathesis, the OpenAI client, Slack's Bolt), each in a venv of the cache. */
import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { cacheDir } from "../paths.ts";
import { withLock } from "./lock.ts";
import * as pins from "./pins.ts";
import { ToolchainProblem, tail } from "./problem.ts";
import { type Progress, step } from "./progress.ts";
import { findPython } from "./python.ts";
import { run } from "./run.ts";

export type PythonTool = keyof typeof pins.pythonTools;

/** The interpreter whose venv holds the tool and nothing else. Installs it the first time. */
export async function ensurePythonTool(
  tool: PythonTool,
  { progress }: { readonly progress: Progress },
): Promise<string> {
  const requirements: readonly string[] = pins.pythonTools[tool];
  const set = createHash("sha256").update(requirements.join("\n")).digest("hex").slice(0, 12);
  const venv = path.join(cacheDir, "python-tools", `${tool}-${set}`);
  const python = path.join(venv, "bin", "python");
  const isThere = async () => (await run(python, ["-c", `import ${tool}`])).code === 0;
  return step(progress, tool, () =>
    withLock(`${venv}.lock`, async () => {
      if (!(await isThere())) await install(tool, venv, requirements);
      return { value: python, summary: requirements[0]?.replace("==", " ") ?? tool };
    }),
  );
}

async function install(tool: PythonTool, venv: string, requirements: readonly string[]): Promise<void> {
  await fs.rm(venv, { recursive: true, force: true });
  await fs.mkdir(path.dirname(venv), { recursive: true });
  const { program } = await findPython(process.env);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", ...requirements];
  for (const [command, args] of [
    [program, ["-m", "venv", venv]],
    [path.join(venv, "bin", "python"), pip],
  ] as const) {
    const { code, stderr } = await run(command, args);
    if (code !== 0)
      throw new ToolchainProblem(`${tool} could not be installed.`, [tail(stderr)], ["reach PyPI and run this again"]);
  }
}
