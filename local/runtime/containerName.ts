/**
 * The names that workerd gives to containers.
 *
 * It names a container `workerd-<16 hex of its session>-<worker>-<Class>-<64 hex of the object>`, and its sidecar the
 * same with `-proxy`. Without the session the name is the object's own: so the workerd of a new upload finds the
 * container that the one before it started.
 */

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

/** Whether a sidecar has this key and belongs to the Worker. Class names have no dash. */
export function isSidecarOf(key: string, worker: string): boolean {
  return key.replace(/-[^-]+-[0-9a-f]{64}-proxy$/, "") === worker;
}

/** The port of a sidecar that workerd publishes. A create call with it is one for a sidecar. */
export const sidecarPort = "39001/tcp";
