/**
 * The containers and sidecars of an engine, found by what does not change when workerd starts anew.
 *
 * workerd names a container `workerd-<16 hex of its session>-<worker>-<Class>-<64 hex of the object>`, and its sidecar
 * the same with `-proxy`. Without the session the name is the object's own: so the workerd of a new upload finds the
 * container that the one before it started.
 */
import type { ContainerFilter } from "../engine.ts";
import type { ProcessContainer } from "./container.ts";
import type { Sidecar } from "./sidecar.ts";

/** A name without its session. */
export function keyOf(name: string): string {
  return name.replace(/^workerd-[0-9a-f]{16}-/, "");
}

/** The key of the container beside a sidecar, or of the container itself. */
export function containerKey(name: string): string {
  return keyOf(name).replace(/-proxy$/, "");
}

/** Id of the Durable Object that owns a container. */
export function objectId(name: string): string {
  return /([0-9a-f]{64})(?:-proxy)?$/.exec(name)?.[1] ?? "";
}

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
    const own = (key: string) => key.replace(/-[^-]+-[0-9a-f]{64}-proxy$/, "") === worker;
    return [...this.sidecars].filter(([key]) => worker === undefined || own(key));
  }

  matching(filter: ContainerFilter): ProcessContainer[] {
    return [...this.containers.values()].filter(
      ({ spec: { application } }) =>
        application.worker === filter.worker &&
        (filter.className === undefined || filter.className === application.className),
    );
  }
}
