/** After a restart: every saved Worker runs again, with its images, schedules and address, before the API answers. */

import { PortInUse } from "../runtime/ports.ts";
import { carryOut } from "./containers/rollouts.ts";
import type { World } from "./core/world.ts";
import { type StoredWorker, toDeploy } from "./workers/state.ts";

/**
 * Deploys the saved Workers. One that does not start is logged and left, so that the API stays reachable to mend it.
 * @throws PortInUse when another program listens on a Worker's address: it would be sent what is meant for the bot
 */
export async function restore(world: World): Promise<void> {
  for (const worker of world.workers.workers.all()) {
    try {
      await restoreWorker(world, worker);
    } catch (error) {
      if (error instanceof PortInUse) throw error;
      world.log(`Worker ${worker.name} did not start again: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const rollout of world.containers.rollouts.all()) {
    if (rollout.status === "progressing") void carryOut(world, rollout);
  }
}

async function restoreWorker(world: World, worker: StoredWorker): Promise<void> {
  const { runtime } = world;
  // Images first: an alarm or a cron of the Worker may start a container as soon as it runs.
  for (const namespace of world.workers.namespaces.all().filter((one) => one.script === worker.name)) {
    const application = world.containers.ofNamespace(namespace.id);
    if (application)
      await runtime.setImage(
        worker.name,
        namespace.className,
        application.configuration.image,
        application.configuration.memory_mib,
      );
  }
  await runtime.deploy(toDeploy(worker, world.workers.readModules(worker)));
  await runtime.setPublic(worker.name, worker.subdomain.enabled);
  const crons = worker.schedules.map((one) => one.cron);
  await runtime.setSchedules(worker.name, crons);
}
