import { type SleepPolicy, sleepAfter } from "../agent/sleep.ts";
import type { ApplicationName } from "../bindings.ts";
import type { Declaration } from "../declarationSchema.ts";
import type { Shape } from "./estimate.ts";
import { type DeclaredSize, sizeOf, usualSizes } from "./sizes.ts";

/** What of a declaration decides the bill. Sizes are those of the stack's defaults where an older stack does not tell them. */
export function shapeOf(declaration: Pick<Declaration, "sizes" | "snapshots" | "exec"> & SleepPolicy): Shape {
  const { snapshots, exec } = declaration;
  return {
    sizes: inNumbers(declaration.sizes ?? usualSizes),
    sleepAfterSeconds: sleepAfter(declaration),
    snapshotMinutes: snapshots.intervalMinutes,
    drillDays: snapshots.drillDays,
    execIdleMinutes: exec.idleMinutes,
  };
}

/** A stack without configuration of its own. A test holds it against the configuration's defaults. */
export const standardShape: Shape = {
  sizes: inNumbers(usualSizes),
  sleepAfterSeconds: 4 * 3_600,
  snapshotMinutes: 5,
  drillDays: 7,
  execIdleMinutes: 10,
};

function inNumbers({ hermes, exec, care }: Readonly<Record<ApplicationName, DeclaredSize>>): Shape["sizes"] {
  return { hermes: sizeOf(hermes), exec: sizeOf(exec), care: sizeOf(care) };
}
