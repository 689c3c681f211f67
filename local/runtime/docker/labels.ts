/** How everything that an engine makes in the daemon is found again. */
import os from "node:os";

/** The engine that something belongs to. */
export const engineLabel = "dev.talaria.engine";
/** The process that ran the engine: `<machine>:<process id>`. What it left is removed once it has ended. */
const ownerLabel = "dev.talaria.owner";

const owner = (pid: number) => `${os.hostname()}:${pid}`;

/** Labels for a container, a network or an image of this engine. */
export function engineLabels(engineId: string): Record<string, string> {
  return { [engineLabel]: engineId, [ownerLabel]: owner(process.pid) };
}

/** Whether the labels name an owner of this machine that has ended. */
export function isOrphan(labels: Readonly<Record<string, string>> | null | undefined): boolean {
  const [host, pid] = (labels?.[ownerLabel] ?? "").split(":");
  return host === os.hostname() && Number(pid) > 0 && !isAlive(Number(pid));
}

/** Query of a list call for what carries the engine's label; of any engine without an id. */
export function labelFilter(engineId?: string): string {
  return filter(engineId === undefined ? engineLabel : `${engineLabel}=${engineId}`);
}

/** Query of a list call for what the engines of one process of this machine have made. */
export function ownerFilter(pid: number): string {
  return filter(`${ownerLabel}=${owner(pid)}`);
}

function filter(label: string): string {
  return `filters=${encodeURIComponent(JSON.stringify({ label: [label] }))}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
