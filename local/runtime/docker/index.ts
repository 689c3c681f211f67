/**
 * The Docker engine: containers of a Docker daemon, isolated from this machine. workerd talks to a proxy of the daemon,
 * which puts the application's current image in place of a stable name and keeps containers over an upload.
 */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import type { Engine, EngineFactory, EngineHooks } from "../engine.ts";
import { engineRoot } from "../process/folders.ts";
import { endEngine, marker, markerEnv, pulumiMark } from "../process/strays.ts";
import { DockerContainers } from "./containers.ts";
import { DockerClient } from "./dockerClient.ts";
import { Images, type RegistryLogin } from "./images.ts";
import { createNetwork } from "./network.ts";
import { DockerProxy } from "./proxy.ts";
import { chooseSidecarImage } from "./sidecarImage.ts";
import { imagesOf, sweep, sweepOrphans } from "./sweep.ts";
import { Watch } from "./watch.ts";

export type { RegistryLogin } from "./images.ts";

export interface DockerEngineOptions {
  /** The daemon's socket: a path, or `unix:///path` as in DOCKER_HOST. */
  readonly socket: string;
  /** The registries of this system, with their logins. What was pulled from them, or tagged for them, is removed at the end. */
  readonly registries?: readonly RegistryLogin[];
  /** Finds or makes a Debian image for the sidecar's stand-in; asked only where the real sidecar cannot be pulled. */
  readonly sidecarBase: () => Promise<string>;
  /**
   * Leaves pulled and built images in the daemon, for one that is nobody else's.
   * @default false
   */
  readonly keepImages?: boolean;
  /** Images of this system that were made before the engine: they go with it, also when its process is killed. */
  readonly images?: readonly string[];
}

/** Makes a Docker engine on a running daemon. */
export function dockerEngine(options: DockerEngineOptions): EngineFactory {
  return (hooks) => startDockerEngine(options, hooks);
}

async function startDockerEngine(options: DockerEngineOptions, hooks: EngineHooks): Promise<Engine> {
  const engineId = randomBytes(4).toString("hex");
  const mark = marker(engineId);
  const docker = new DockerClient(options.socket);
  const daemon = docker.socketPath;
  const say = (text: string) => hooks.log({ worker: undefined, level: "info", text });
  const orphans = await sweepOrphans(docker);
  if (orphans.length > 0) say(`Removed from Docker what ended engines had left: ${orphans.join(", ")}`);

  const folder = path.join(engineRoot(), `engine-${engineId}`);
  fs.mkdirSync(folder, { mode: 0o700 });
  const socketPath = path.join(folder, "docker.sock"); // as powerful as a shell: only this user may open it
  const watch = new Watch({ mark, daemon, engineId });
  watch.folder(folder);
  const images = new Images(docker, {
    logins: options.registries ?? [],
    added: (image) => options.keepImages || watch.image(image),
  });
  for (const image of options.images ?? []) images.add(image);
  const containers = new DockerContainers(docker, hooks.log);
  const hosts = options.keepImages ? [] : (options.registries ?? []).map(({ host }) => host);
  for (const host of hosts) watch.registry(host);
  const removeAll = async () => {
    const own = options.keepImages ? [] : images.added;
    await sweep(docker, engineId, [...own, ...(await imagesOf(docker, hosts))]);
  };
  const closeAll = async () => {
    await endEngine(mark);
    await removeAll();
    fs.rmSync(folder, { recursive: true, force: true });
    await watch.close();
  };

  try {
    const sidecar = await chooseSidecarImage(docker, { engineId, images, base: options.sidecarBase });
    if (sidecar.standInBecause) say(`The sidecar's stand-in is used. ${sidecar.standInBecause}`);
    const network = await createNetwork(docker, engineId);
    const proxy = new DockerProxy({
      engineId,
      docker,
      hooks,
      network,
      images,
      containers,
      sidecarImage: sidecar.image,
    });
    const { server } = proxy;
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socketPath, resolve));
    fs.chmodSync(socketPath, 0o600);
    return {
      kind: "docker",
      isolated: true,
      socketPath,
      instances: (filter) => containers.instances(filter),
      stop: async (filter, { graceMs, except }) => {
        const meant = containers.matching(filter).filter(({ image }) => image !== except);
        await Promise.all(meant.map((container) => containers.stop(container, graceMs)));
      },
      destroy: async (filter) => {
        await Promise.all(containers.matching(filter).map((container) => containers.remove(container)));
        if (filter.className === undefined) await containers.removeSidecars(filter.worker);
      },
      prepare: (image) => images.ensure(image).catch(() => {}), // the container's start meets the same failure and tells it
      workerdEnv: markerEnv(engineId, "workerd"),
      pulumiEnv: markerEnv(engineId, pulumiMark),
      workerdStarted: () => {}, // the watcher finds workerd by its environment
      close: async () => {
        server.closeAllConnections();
        server.close();
        await closeAll();
      },
    };
  } catch (error) {
    await closeAll().catch(() => {}); // the reason for the failed start is the one to tell
    throw error;
  }
}
