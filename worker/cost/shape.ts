import type { Declaration } from "../declarationSchema.ts";
import type { Shape } from "./estimate.ts";
import { instanceTypes, type Size, usualSizes } from "./sizes.ts";

/** What of a declaration decides the bill. Sizes are those of the stack's defaults where an older stack does not tell them. */
export function shapeOf(declaration: Pick<Declaration, "sizes" | "sleepAfterSeconds" | "snapshots" | "exec">): Shape {
  const { sleepAfterSeconds, snapshots, exec } = declaration;
  const sizes = declaration.sizes ?? usualSizes;
  return {
    sizes: { hermes: sizeOf(sizes.hermes), exec: sizeOf(sizes.exec), care: sizeOf(sizes.care) },
    sleepAfterSeconds,
    snapshotMinutes: snapshots.intervalMinutes,
    drillDays: snapshots.drillDays,
    execIdleMinutes: exec.idleMinutes,
  };
}

function sizeOf(size: keyof typeof instanceTypes | Size): Size {
  return typeof size === "string" ? instanceTypes[size] : size;
}
