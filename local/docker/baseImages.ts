/** What the images of a stack are built from on this machine: the pinned sources, or what stands in where they are out of reach. */

import { hermesFork, restic } from "../toolchain/pins.ts";
import type { Progress } from "../toolchain/progress.ts";
import { step } from "../toolchain/progress.ts";
import { ensureRestic } from "../toolchain/restic.ts";
import { machineFiles } from "./buildMachine.ts";
import { docker } from "./client.ts";
import type { Docker } from "./daemon.ts";
import { ensureDebianBase } from "./debianBase.ts";
import { type ImageFile, imageOf } from "./imageFiles.ts";
import { ensureServerImage } from "./serverImage.ts";

/** Time until a host that can be reached has answered. */
const answerMs = 5_000;

/** Build arguments beside the defaults of the Dockerfiles; empty where everything is in reach. */
export interface BaseImages {
  /** For `container/exec/Dockerfile`. */
  readonly exec: Readonly<Record<string, string>>;
  /** For `container/hermes/Dockerfile`. */
  readonly hermes: Readonly<Record<string, string>>;
  /** What stands in, for people. */
  readonly standIns: readonly string[];
  /** Names of the images that were made here, in a daemon that is not ours: what made them has to remove them. */
  readonly made: readonly string[];
  /** Removes them. */
  close(): Promise<void>;
}

export interface EnsureBaseImagesOptions {
  readonly docker: Docker;
  readonly progress: Progress;
  /** @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Whether a URL answers at all; replaced in tests. */
  readonly reaches?: (url: string) => Promise<boolean>;
}

/** Finds out what can be reached, and makes what cannot. */
export async function ensureBaseImages(options: EnsureBaseImagesOptions): Promise<BaseImages> {
  const { docker: daemon, progress, env = process.env, reaches = answersAtAll } = options;
  return await step(progress, "base images", async (tell) => {
    const [hub, github] = await Promise.all([
      reaches("https://registry-1.docker.io/v2/"),
      reaches("https://github.com/"),
    ]);
    const made: { name: string; built: boolean }[] = [];
    const shared: Record<string, string> = {};
    const machine = await machineFiles(env);
    const files: ImageFile[] = [...machine].map(([name, text]) => ({ to: `/${name}`, from: { text } }));
    if (!github) {
      const { program } = await ensureRestic({ progress, env, target: { os: "linux", arch: "amd64" } });
      files.push({ to: "/restic", from: { path: program }, mode: 0o755 });
    }
    if (files.length > 0)
      shared.BUILD_MACHINE_IMAGE = keep(made, await imageOf(daemon.env, "talaria-base/build-machine", files));
    if (!hub) {
      shared.BASE_IMAGE = keep(made, await ensureDebianBase(daemon.env, tell));
      tell("packing local/sandboxd");
      shared.SANDBOX_SERVER_IMAGE = keep(made, await ensureServerImage(daemon.env));
    }
    const standIns = [
      ...(hub ? [] : ["Debian from its packages", "local/sandboxd for the SDK's server"]),
      ...(github
        ? []
        : [`${hermesFork.project} ${hermesFork.version} from PyPI for Hermes`, `restic ${restic.version} built here`]),
    ];
    const own = daemon.owned ? [] : made.filter(({ built }) => built).map(({ name }) => name);
    const value: BaseImages = {
      exec: shared,
      hermes: { ...shared, ...(github ? {} : withoutGitHub) },
      standIns,
      made: own,
      close: async () => {
        for (const name of own) await docker(daemon.env, ["image", "rm", name]);
      },
    };
    return { value, summary: standIns.length === 0 ? "Docker Hub's" : `standing in: ${standIns.join(", ")}` };
  });
}

const withoutGitHub = {
  HERMES_SOURCE: `pypi:${hermesFork.project}==${hermesFork.version}`,
  HERMES_SHA256: hermesFork.sha256,
  HERMES_VERSION: hermesFork.version,
  RESTIC_SOURCE: "build-machine",
} as const;

function keep(made: { name: string; built: boolean }[], image: { name: string; built: boolean }): string {
  made.push(image);
  return image.name;
}

/** Any answer counts, a refusal too. */
async function answersAtAll(url: string): Promise<boolean> {
  try {
    await fetch(url, { signal: AbortSignal.timeout(answerMs), redirect: "manual" });
    return true;
  } catch {
    return false; // out of reach, which the summary says
  }
}
