import { type SleepPolicy, sleepAfter } from "../agent/sleep.ts";
import type { Declaration } from "../declarationSchema.ts";
import type { Shape } from "./estimate.ts";
import { sizeOf, usualSizes } from "./sizes.ts";

/** What of a declaration decides the bill. Sizes are those of the stack's defaults where an older stack does not tell them. */
export function shapeOf(declaration: Pick<Declaration, "sizes" | "snapshots" | "exec"> & SleepPolicy): Shape {
  const { snapshots, exec } = declaration;
  const sizes = declaration.sizes ?? usualSizes;
  return {
    sizes: { hermes: sizeOf(sizes.hermes), exec: sizeOf(sizes.exec), care: sizeOf(sizes.care) },
    sleepAfterSeconds: sleepAfter(declaration),
    snapshotMinutes: snapshots.intervalMinutes,
    drillDays: snapshots.drillDays,
    execIdleMinutes: exec.idleMinutes,
  };
}

/** A stack without configuration of its own. */
export const standardShape: Shape = {
  sizes: { hermes: sizeOf(usualSizes.hermes), exec: sizeOf(usualSizes.exec), care: sizeOf(usualSizes.care) },
  ...{ sleepAfterSeconds: 4 * 3_600, snapshotMinutes: 5, drillDays: 7, execIdleMinutes: 10 },
};
