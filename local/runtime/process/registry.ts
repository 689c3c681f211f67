/** The containers and sidecars of an engine, found by what does not change when workerd starts anew. */
import { isSidecarOf, keyOf } from "../containerName.ts";
import type { ContainerFilter } from "../engine.ts";
import type { ProcessContainer } from "./container.ts";
import type { Sidecar } from "./sidecar.ts";

export class Registry {
  readonly containers = new Map<string, ProcessContainer>();
  readonly sidecars = new Map<string, Sidecar>();

  /** By name or by Docker id. */
  container(nameOrId: string): ProcessContainer | undefined {
    return (
      this.containers.get(keyOf(nameOrId)) ?? [...this.containers.values()].find((found) => found.spec.id === nameOrId)
    );
  }

  /** By name or by Docker id. */
  sidecar(nameOrId: string): Sidecar | undefined {
    return this.sidecars.get(keyOf(nameOrId)) ?? [...this.sidecars.values()].find((found) => found.id === nameOrId);
  }

  /** The sidecar beside a container. */
  sidecarOf(container: ProcessContainer): Sidecar | undefined {
    return this.sidecars.get(`${keyOf(container.spec.name)}-proxy`);
  }

  /** Sidecars of a Worker (class names have no dash), or all. */
  sidecarsOf(worker: string | undefined): [string, Sidecar][] {
    return [...this.sidecars].filter(([key]) => worker === undefined || isSidecarOf(key, worker));
  }

  matching(filter: ContainerFilter): ProcessContainer[] {
    return [...this.containers.values()].filter(
      ({ spec: { application } }) =>
        application.worker === filter.worker &&
        (filter.className === undefined || filter.className === application.className),
    );
  }
}
