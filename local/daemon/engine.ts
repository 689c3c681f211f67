/** What runs the containers of the local system, and what its stacks must know about it. */
import path from "node:path";
import { z } from "zod";
import { ensureDebianBase } from "../docker/debianBase.ts";
import { ensureBaseImages, ensureDocker, startRegistry } from "../docker/index.ts";
import { checkout, stateDir } from "../paths.ts";
import { dockerEngine } from "../runtime/docker/index.ts";
import type { EngineFactory } from "../runtime/engine.ts";
import { imagePrograms } from "../runtime/images.ts";
import { processEngine } from "../runtime/process/index.ts";
import type { Progress } from "../toolchain/progress.ts";

/** Engines of this machine; the first is the default. */
export const engineKindSchema = z.enum(["process", "docker"]).default("process");
export type EngineKind = z.infer<typeof engineKindSchema>;

export interface LocalEngine {
  readonly kind: EngineKind;
  readonly factory: EngineFactory;
  /** Where the stacks push the images that they build, and its login. */
  readonly registry?: { readonly host: string; readonly username: string; readonly password: string };
  /** Config of every local stack. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Environment of `pulumi` on a local stack. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export interface OpenEngineOptions {
  /** Python environment with Hermes, for the process engine. */
  readonly hermesVenv: string | undefined;
  /** The restic of Hermes' containers, for the process engine. */
  readonly restic: string | undefined;
  /** Port of the registry, which the stacks' image references contain. */
  readonly registryPort: number;
  /** Gets a line about what takes its time. */
  readonly tell: (text: string) => void;
}

/** Makes an engine ready. @throws Error when it cannot run here */
export function openEngine(kind: EngineKind, options: OpenEngineOptions): Promise<LocalEngine> {
  return kind === "docker" ? openDocker(options) : openProcess(options);
}

async function openProcess({ hermesVenv, restic }: OpenEngineOptions): Promise<LocalEngine> {
  const programs = imagePrograms({
    node: process.execPath,
    sandboxd: path.join(checkout, "local", "sandboxd", "index.ts"),
    checkout,
    ...(hermesVenv && { hermes: { venv: hermesVenv, restic } }),
  });
  return {
    kind: "process",
    factory: processEngine(programs),
    config: { engine: "process" },
    env: {},
    close: async () => {},
  };
}

async function openDocker({ registryPort, tell }: OpenEngineOptions): Promise<LocalEngine> {
  const progress: Progress = ({ step, detail }) => tell(`${step}: ${detail}`);
  const docker = await ensureDocker({ progress });
  if ("unavailable" in docker) throw new Error(`Containers cannot run on Docker here: ${docker.unavailable}.`);
  const bases = await ensureBaseImages({ docker, progress });
  const folder = path.join(stateDir, "registry");
  const registry = await startRegistry({ docker, folder, port: registryPort, keep: true });
  const { host, username, password } = registry;
  return {
    kind: "docker",
    factory: dockerEngine({
      socket: docker.socket,
      registries: [registry],
      keepImages: docker.owned,
      images: bases.made,
      sidecarBase: async () => (await ensureDebianBase(docker.env, tell)).name,
    }),
    registry: { host, username, password },
    config: { engine: "docker", imageRegistry: host, buildArgs: { ...bases.exec, ...bases.hermes } },
    env: { ...docker.env },
    async close() {
      await registry.close();
      await bases.close();
      await docker.close();
    },
  };
}
