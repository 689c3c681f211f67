import type { SaveOptions } from "../snapshots/saver.ts";
import type { AgentRecord } from "./record.ts";

/**
 * What the snapshot before an upgrade says: which image ran and which will, so that both can go back together. It is made
 * also where nothing has changed. Null where the declared image runs, or what the platform gives in its place.
 */
export function upgradeOf(running: AgentRecord["running"], declared: string): SaveOptions | null {
  if (running === null || running.image === declared || running.insteadOf === declared) return null;
  return { always: true, tags: { "upgrade-from": running.image, "upgrade-to": declared } };
}
