/** Runs uploaded Workers on this machine: workerd through Miniflare, containers through an engine. */
import fs from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { drawKeys } from "./bucketDoor.ts";
import { Buckets } from "./buckets.ts";
import type { ContainerInstance, EdgeGuard, Runtime } from "./contract.ts";
import { type Application, type EngineFactory, imageName, type Log } from "./engine.ts";
import { HostedWorker } from "./hostedWorker.ts";
import { Ports } from "./ports.ts";
import { bucketBindings } from "./workerOptions.ts";

export interface RuntimeOptions {
  /** Folder of the runtime's own: ports, Durable Object storage, buckets. Made when absent. */
  readonly stateDir: string;
  /** What runs the containers, for example {@link processEngine}. */
  readonly engine: EngineFactory;
  /** Output of Workers, containers and the runtime. */
  readonly log: Log;
}

/** A runtime, and what a `pulumi` that works on it runs with. */
export interface StartedRuntime extends Runtime {
  readonly pulumiEnv: Readonly<Record<string, string>>;
}

/** Starts a runtime. `close()` it, or the processes end with this one. */
export async function startRuntime(options: RuntimeOptions): Promise<StartedRuntime> {
  // Miniflare would ask a docker client on the machine for its privileges; no client is meant here.
  process.env.WRANGLER_DOCKER_BIN = "/nonexistent/docker";
  const storage = path.join(options.stateDir, "storage");
  fs.mkdirSync(storage, { recursive: true });
  const ports = new Ports(options.stateDir);
  const workers = new Map<string, HostedWorker>();
  const images = new Map<string, Application>();
  const keys = drawKeys();
  const buckets = new Buckets({ storage, keys, workers: () => workers.values() });
  const engine = await options.engine({ log: options.log, application: (name) => images.get(name) });

  let guard: EdgeGuard | undefined;

  const hosted = (name: string) => {
    const found =
      workers.get(name) ?? new HostedWorker({ name, storage, keys, engine, log: options.log, guard: () => guard });
    workers.set(name, found);
    return found;
  };
  const setImage = (worker: string, className: string, image: string | undefined, memoryMib?: number) =>
    images.set(imageName(worker, className), { worker, className, image, memoryMib });

  return {
    pulumiEnv: engine.pulumiEnv,
    async deploy(worker, options) {
      for (const [name, { container }] of Object.entries(worker.classes))
        if (container && !images.has(imageName(worker.name, name))) setImage(worker.name, name, undefined);
      await ports.of(worker.name);
      await buckets.handOver(bucketBindings(worker).keys(), () => hosted(worker.name).deploy(worker, options));
    },
    async remove(worker) {
      await workers.get(worker)?.close();
      workers.delete(worker);
      await engine.destroy({ worker });
      for (const [name, application] of images) if (application.worker === worker) images.delete(name);
      forgetStorage(storage, worker);
      await ports.forget(worker);
    },
    url: async (worker) => `http://127.0.0.1:${await ports.of(worker)}`,
    async setPublic(worker, enabled) {
      if (enabled) await hosted(worker).listen(await ports.handOver(worker), ports.file);
      else await workers.get(worker)?.unlisten();
    },
    guard(given) {
      guard = given;
    },
    setSchedules: async (worker, crons) => hosted(worker).setSchedules(crons),
    fireCron: (worker, cron) => hosted(worker).fire(cron),
    async setImage(worker, className, image, memoryMib) {
      setImage(worker, className, image, memoryMib);
      if (image) void engine.prepare?.(image); // the caller's step does not wait for a pull
    },
    async rollout(worker, className, { graceMs, minAgeMs = 0 }) {
      const image = images.get(imageName(worker, className))?.image;
      const isYoung = ({ image: runs, state, startedAt }: ContainerInstance) =>
        runs !== image && state === "running" && Date.now() - Date.parse(startedAt) < minAgeMs;
      while (engine.instances({ worker, className }).some(isYoung)) await pause(200, undefined, { ref: false });
      await engine.stop({ worker, className }, { graceMs, ...(image ? { except: image } : {}) });
    },
    destroyInstances: (worker, className) => engine.destroy({ worker, className }),
    instances: async (worker, className) => engine.instances({ worker, className }),
    bucketSize: (bucket) => buckets.count(bucket),
    removeBucket: (bucket) => buckets.clear(bucket),
    throughBucketDoor: (bucket, use) => buckets.through(bucket, use),
    async close() {
      await Promise.all([...workers.values()].map((worker) => worker.close()));
      workers.clear();
      await buckets.close();
      await ports.close();
      await engine.close();
    },
  };
}

/** Removes the storage of a Worker's objects: folders `<worker>-<Class>`; a class name has no dash. */
function forgetStorage(storage: string, worker: string): void {
  const folder = path.join(storage, "do");
  if (!fs.existsSync(folder)) return;
  for (const name of fs.readdirSync(folder)) {
    const dash = name.lastIndexOf("-");
    if (name.slice(0, dash) === worker) fs.rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}
