/** The container's disk is full: a tmpfs of its own, filled to the last byte while the run is under way. */
import fs from "node:fs";
import path from "node:path";
import { type Fault, Missed } from "../fault.ts";
import { arm, type Moment, reached, release, steps } from "../moments.ts";
import type { Stage } from "../stage.ts";

const moments = steps.filter(({ name }) => !["tidy", "sync"].includes(name));

export function disks(): Fault[] {
  return moments.map((moment: Moment) => ({
    kind: "the disk full",
    at: `${moment.verb}, ${moment.name}`,
    verb: moment.verb,
    arm: (stage) => arm(stage, moment),
    async strike(stage) {
      if (!(await reached(stage, moment))) throw new Missed(`${moment.name} did not come`);
      fill(stage);
      await release(stage);
      // Full until the run has failed of it, or has come through.
      await stage.until("over", 20, ({ memory }) => memory.run === null).catch(() => {}); // it may take longer: then it is free again
      empty(stage);
      return undefined;
    },
    mend: async (stage) => empty(stage),
  }));
}

/** The tmpfs is in the container's own mount namespace, where `/proc/<pid>/root` leads. */
function filler(stage: Stage): string | undefined {
  const container = stage.container();
  return container && path.join(`/proc/${container.pid}/root`, container.root, "home", "filler");
}

function fill(stage: Stage): void {
  const file = filler(stage);
  if (file === undefined) throw new Missed("no container");
  const descriptor = fs.openSync(file, "w");
  try {
    for (const size of [1 << 20, 1 << 12]) {
      try {
        for (;;) fs.writeSync(descriptor, Buffer.alloc(size));
      } catch {
        // full: that is what it is for
      }
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function empty(stage: Stage): void {
  const file = filler(stage);
  if (file !== undefined) fs.rmSync(file, { force: true });
}
