/** What becomes of a gateway that ended, and nobody asked it to: the stack's `restart` decides. */
import type { RestartPolicy } from "../restartSchema.ts";

/** Exit code by which Hermes asks to be started again: an update, or /restart in a chat. */
const asksForStart = 75;
const hourMs = 3_600_000;

/** How it ended. */
export interface GatewayEnd {
  /** Undefined where nobody knows it any more. */
  readonly exitCode: number | undefined;
  /** It left its mark of a clean shutdown: a signal reached an idle Hermes, which then ends with 1. */
  readonly clean: boolean;
}

/** `again`: started after the delay. `down`: it stays down until somebody asks for it. `gaveUp`: as after starts that failed. */
export type AfterEnd =
  | { readonly does: "again"; readonly delayMs: number }
  | { readonly does: "down" | "gaveUp"; readonly reason: string };

/** Decides. @param earlier ends within the last hour, without this one */
export function afterEnd(policy: RestartPolicy, end: GatewayEnd, earlier: number): AfterEnd {
  if (end.exitCode === asksForStart) return { does: "again", delayMs: 0 };
  const down = staysDown(policy, end);
  if (down !== undefined) return { does: "down", reason: down };
  const count = earlier + 1;
  if (policy.limit !== undefined && count > policy.limit) {
    const reason = `The gateway ended ${count} times within an hour, and talaria:restart.limit is ${policy.limit}.`;
    return { does: "gaveUp", reason };
  }
  return { does: "again", delayMs: policy.delaySeconds * 1000 };
}

/** Why a gateway that ended like this is not started again; undefined where it is. */
export function staysDown({ policy }: RestartPolicy, { exitCode, clean }: GatewayEnd): string | undefined {
  const wentWell = exitCode === 0 || clean;
  if (exitCode === asksForStart || policy === "always" || (policy === "on-failure" && !wentWell)) return undefined;
  const how = clean ? "shut down cleanly" : `ended (exit code ${exitCode ?? "unknown"})`;
  return `The gateway ${how}, and talaria:restart.policy is ${policy}.`;
}

/** The ends of the last hour, with this one; milliseconds since the epoch. */
export function withEnd(ends: readonly number[], now: number): number[] {
  return [...ends.filter((at) => at > now - hourMs), now];
}
