/** A Debian base from Debian's packages, for machines without Docker Hub. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { cacheDir } from "../paths.ts";
import { createFolder } from "../toolchain/folder.ts";
import { tail } from "../toolchain/problem.ts";
import type { Tell } from "../toolchain/progress.ts";
import { run } from "../toolchain/run.ts";
import { type DockerEnv, docker } from "./client.ts";
import { debianKeyring, debianMirror, systemProgram } from "./packages.ts";

/** Its name in the daemon. */
export const debianBase = "talaria-base/debian:trixie";
const release = "trixie";

/** As in Debian's own slim images: no manuals, no translations. */
const slim = ["path-exclude=/usr/share/man/*", "path-exclude=/usr/share/locale/*", "path-exclude=/usr/share/doc/*"];

/** Imports the base unless the daemon has it. The archive is kept in the cache: it takes half a minute to make. */
export async function ensureDebianBase(env: DockerEnv, tell: Tell): Promise<{ name: string; built: boolean }> {
  if ((await docker(env, ["image", "inspect", debianBase])).code === 0) return { name: debianBase, built: false };
  const folder = path.join(cacheDir, `debian-${release}`);
  const archive = path.join(folder, "base.tar");
  if (!(await fs.stat(archive).catch(() => undefined))) {
    tell(`making Debian ${release} from its packages`);
    await createFolder(folder, (partial) => bootstrap(path.join(partial, "base.tar")));
  }
  tell(`importing Debian ${release}`);
  const imported = spawn("docker", ["import", "--change", 'CMD ["bash"]', archive, debianBase], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(imported, "exit");
  if (code !== 0) throw new Error(`docker import ended with ${code}.`);
  return { name: debianBase, built: true };
}

async function bootstrap(archive: string): Promise<void> {
  const mmdebstrap = systemProgram("mmdebstrap");
  if (mmdebstrap === undefined)
    throw new Error("There is no mmdebstrap to make a Debian base with.\nNext: apt-get install mmdebstrap");
  const args = [
    ...["--quiet", "--variant=minbase", "--include=ca-certificates"],
    ...slim.map((option) => `--dpkgopt=${option}`),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    '--customize-hook=rm -rf "$1"/var/lib/apt/lists/*',
    ...[release, archive, `deb [signed-by=${debianKeyring}] ${await debianMirror()} ${release} main`],
  ];
  const { code, stderr } = await run(mmdebstrap, args, { env: { ...process.env, SOURCE_DATE_EPOCH: "0" } });
  if (code !== 0) throw new Error(`mmdebstrap could not make Debian ${release}: ${tail(stderr)}`);
}
