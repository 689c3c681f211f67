/** Gets from apt what a daemon of our own needs. */
import fs from "node:fs/promises";
import path from "node:path";
import { tail } from "../toolchain/problem.ts";
import type { Tell } from "../toolchain/progress.ts";
import { findProgram, run } from "../toolchain/run.ts";
import { hasBuildx } from "./client.ts";
import type { DockerPaths } from "./folders.ts";

/** Program → the Debian package that has it. */
const programs = {
  dockerd: "docker.io",
  docker: "docker-cli",
  iptables: "iptables",
  "docker-registry": "docker-registry",
  mmdebstrap: "mmdebstrap",
} as const;

/** The release that `docker-buildx` comes from: its package needs no more than a C library of 2022. */
export const buildxRelease = "trixie";
export const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

const systemPath = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
const quiet = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };

/** Full path of a program, which may lie in a folder for administrators. */
export const systemProgram = (name: string): string | undefined => findProgram(name, systemPath);

/** Where this machine's apt gets Debian from. @throws Error on a machine whose apt knows no Debian archive */
export async function debianMirror(): Promise<string> {
  const { stdout } = await run("apt-get", ["indextargets", "--format", "$(SITE)"], { env: quiet });
  const mirror = stdout.split("\n").find((site) => /\/debian\/?$/.test(site.trim()));
  if (mirror !== undefined) return mirror.trim();
  throw new Error("apt knows no Debian archive.\nNext: apt-get update, on a Debian whose sources name one");
}

/** Installs what is missing. Returns why it could not, if so. */
export async function installPackages(paths: DockerPaths, tell: Tell): Promise<string | undefined> {
  let lists = false;
  for (const [program, name] of Object.entries(programs)) {
    if (systemProgram(program) !== undefined) continue;
    if (!lists) {
      tell("apt-get update");
      await run("apt-get", ["update", "-qq"], { env: quiet });
      lists = true;
    }
    tell(`apt-get install ${name}`);
    const args = ["install", "-y", "-qq", "--no-install-recommends", name];
    const { code, stderr } = await run("apt-get", args, { env: quiet });
    if (code !== 0) return `apt-get could not install ${name}: ${tail(stderr, 1)}`;
  }
  return await installBuildx(paths, tell);
}

/** Puts buildx beside the private configuration. Debian 12 does not have it, so it comes from 13, with apt lists of its own. */
async function installBuildx(paths: DockerPaths, tell: Tell): Promise<string | undefined> {
  const plugins = path.join(paths.config, "cli-plugins");
  await fs.mkdir(plugins, { recursive: true });
  // Debian's client of release 12 knows buildx only under this name.
  await fs.writeFile(path.join(paths.config, "config.json"), '{"aliases":{"builder":"buildx"}}\n');
  if (await hasBuildx({ DOCKER_HOST: `unix://${paths.socket}`, DOCKER_CONFIG: paths.config })) return undefined;
  tell(`downloading docker-buildx of Debian ${buildxRelease}`);
  for (const folder of ["lists/partial", "cache/archives/partial"])
    await fs.mkdir(path.join(paths.apt, folder), { recursive: true });
  const source = `deb [signed-by=${debianKeyring}] ${await debianMirror()} ${buildxRelease} main\n`;
  await fs.writeFile(path.join(paths.apt, "sources.list"), source);
  const options = [
    `Dir::Etc::sourcelist=${paths.apt}/sources.list`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::lists=${paths.apt}/lists`,
    `Dir::Cache=${paths.apt}/cache`,
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  const updated = await run("apt-get", [...options, "update", "-qq"], { env: quiet });
  const fetched = await run("apt-get", [...options, "download", "-qq", "docker-buildx"], {
    env: quiet,
    cwd: paths.apt,
  });
  const file = (await fs.readdir(paths.apt)).find((name) => name.startsWith("docker-buildx_") && name.endsWith(".deb"));
  if (file === undefined) return `apt could not get docker-buildx: ${tail(updated.stderr || fetched.stderr, 1)}`;
  const unpacked = path.join(paths.apt, "unpacked");
  await run("dpkg-deb", ["-x", path.join(paths.apt, file), unpacked]);
  await fs.cp(path.join(unpacked, "usr/libexec/docker/cli-plugins/docker-buildx"), path.join(plugins, "docker-buildx"));
  await fs.rm(paths.apt, { recursive: true, force: true });
  return undefined;
}
