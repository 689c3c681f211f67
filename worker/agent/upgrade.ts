import type { AgentRecord } from "./record.ts";

/**
 * What the snapshot before an upgrade says: which image ran and which will, so that both can go back together. Undefined
 * where the declared image runs, or what the platform gives in its place.
 */
export function upgradeTags(running: AgentRecord["running"], declared: string): Record<string, string> | undefined {
  if (running === null || running.image === declared || running.insteadOf === declared) return undefined;
  return { "upgrade-from": running.image, "upgrade-to": declared };
}
