/**
 * The process engine: containers are plain process groups of this machine. It needs no Docker and no root, and it
 * does not isolate: a program sees the machine's files, processes and network.
 */
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { objectId } from "../containerName.ts";
import type { ContainerInstance } from "../contract.ts";
import type { ContainerFilter, Engine, EngineFactory, EngineHooks } from "../engine.ts";
import type { ProgramOf } from "../program.ts";
import { dockerApi } from "./api.ts";
import { Containers } from "./containers.ts";
import { engineRoot } from "./folders.ts";
import { requireLoopbackNetwork } from "./loopback.ts";
import { sharedWorkspace } from "./sharedWorkspace.ts";
import { endEngine, marker, markerEnv, processesWith, pulumiMark } from "./strays.ts";
import { Watch } from "./watch.ts";

/** Makes a process engine whose images are the programs that `programOf` knows. */
export function processEngine(programOf: ProgramOf): EngineFactory {
  return async (hooks) => {
    await requireLoopbackNetwork();
    return startProcessEngine(programOf, hooks);
  };
}

async function startProcessEngine(programOf: ProgramOf, hooks: EngineHooks): Promise<Engine> {
  const engineId = randomBytes(8).toString("hex");
  const folder = path.join(engineRoot(), `engine-${engineId}`);
  fs.mkdirSync(folder, { mode: 0o700 });
  const socket = path.join(folder, "docker.sock"); // as powerful as a shell: only this user may open it
  const watch = new Watch(marker(engineId));
  watch.folder(folder);
  const containers = new Containers({
    engineId,
    watch,
    hooks,
    programOf,
    sharedWorkspace: await sharedWorkspace(engineRoot(), hooks.log),
  });
  const server = dockerApi(containers);
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(socket, resolve));
  fs.chmodSync(socket, 0o600);
  hooks.log({
    worker: undefined,
    level: "warn",
    text: "Containers run as plain processes: they are NOT isolated from this machine's files, processes and network.",
  });

  const { registry } = containers;
  let guarded: ReadonlySet<number> = new Set();
  return {
    kind: "process",
    isolated: false,
    socketPath: socket,
    instances: (filter) => registry.matching(filter).map(instance),
    stop: async (filter, { graceMs, except }) => {
      const meant = registry.matching(filter).filter(({ spec }) => spec.reference !== except);
      await Promise.all(meant.map((container) => container.stop(graceMs)));
    },
    destroy: (filter: ContainerFilter) => containers.removeAll(filter),
    workerdEnv: markerEnv(engineId, "workerd"),
    pulumiEnv: markerEnv(engineId, pulumiMark),
    workerdStarted: () => {
      const running = new Set(processesWith(marker(engineId, "workerd")));
      for (const pid of guarded) if (!running.has(pid)) watch.processEnded(pid);
      for (const pid of running) watch.processStarted(pid);
      guarded = running;
    },
    close: async () => {
      await containers.removeAll();
      await endEngine(marker(engineId));
      server.closeAllConnections();
      server.close();
      fs.rmSync(folder, { recursive: true, force: true });
      await watch.close();
    },
  };
}

function instance(container: Containers["list"][number]): ContainerInstance {
  const { spec, status, startedAt } = container;
  return {
    id: objectId(spec.name),
    image: spec.reference,
    state: status === "running" ? "running" : "stopped",
    startedAt: startedAt.toISOString(),
  };
}
